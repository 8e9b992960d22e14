"""Train a network on XOR over the playground's websocket, and print its decision boundary.

Start the playground with `make run`, then: python examples/train_xor.py [ws://127.0.0.1:8000/ws]
"""

import json
import sys

import msgpack
from websockets.sync.client import connect

address = sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8000/ws"
link = "dataset=xor&networkShape=4,2&learningRate=0.1&seed=0.5&stopEpochs=300"
with connect(address, subprotocols=["playground.v2"]) as server:
    server.send(json.dumps({"type": "hello", "rev": 1, "link": link, "playing": True, "speed": "10"}))
    while True:
        message = msgpack.unpackb(server.recv())
        if message["type"] == "frame":
            server.send(json.dumps({"type": "drawn", "frame": message["frame"]}))
            if message["finished"]:
                break

print(f"Epoch {message['epoch']}: training loss {message['train_loss']:.4f}")
for row in range(0, 100, 5):  # a byte a point, x2 = 6 on top; 128 and more is the class 1
    print("".join("#" if message["boundary"][100 * row + column] >= 128 else "." for column in range(0, 100, 3)))
