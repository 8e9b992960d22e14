"""HTTP pages and uploads."""
