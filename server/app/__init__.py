"""Composition: create_app, the command line, health routes. Imports every other room."""
