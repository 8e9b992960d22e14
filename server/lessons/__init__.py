"""Lesson files and the goals they set."""
