"""Every message of the websocket: types, parsing, frames, deltas."""
