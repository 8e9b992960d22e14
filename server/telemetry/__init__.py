"""Logs and metrics. Imports no other room."""
