"""`python -m server` is `neural-playground`."""

from server.cli import main

main()
