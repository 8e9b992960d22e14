"""Lesson files and the goals that they set."""
