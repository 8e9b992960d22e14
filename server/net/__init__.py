"""Connections: the websocket endpoint, admission, security headers, and guards against slow or flooding peers."""
