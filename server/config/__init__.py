"""Settings, limits, and where static files lie."""
