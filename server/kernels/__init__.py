"""Compiled kernels: compile once, cache, load."""
