"""Server processes: uvicorn's options, several workers on one port, and the memory they share."""
