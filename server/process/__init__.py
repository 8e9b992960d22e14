"""Worker processes that share one port, and the memory they share."""
