"""Translations into the reader's language."""
