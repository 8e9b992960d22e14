"""Settings, limits, and the location of resource files. Imports no other room."""
