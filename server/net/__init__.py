"""Connections: the websocket endpoint, admission, close codes, and guards against slow or flooding clients."""
