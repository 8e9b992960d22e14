"""Describe wrong values to readers: phrases, validation messages, code for exports. May import numerics."""
