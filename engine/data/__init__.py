"""Provide points and features: datasets, formulas, imported tables, drawn points. May import numerics and text."""
