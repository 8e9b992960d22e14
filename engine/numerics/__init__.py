"""Arithmetic that gives the same bits everywhere, compiled or plain. Imports no other room."""
