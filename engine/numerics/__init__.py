"""Compute with the same bits on every machine, in plain NumPy and in compiled code. Imports no other room."""
