"""Optimizers, penalties, schedules and the update step. Imports numerics and text."""
