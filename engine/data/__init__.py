"""Points and features: built-in datasets, formulas, imported tables and drawn points. Imports numerics and text."""
