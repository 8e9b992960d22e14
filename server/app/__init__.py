"""The application put together: create_app, the command line, health checks. Imports every other room."""
