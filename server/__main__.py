"""`python -m server` is `neural-playground`."""

from server.app.cli import main

if __name__ == "__main__":  # workers import this file too
    main()
