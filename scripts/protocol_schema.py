"""Write docs/protocol.schema.json: the JSON Schema of all messages of the websocket, both ways.

With --check, only compare the file with the types and say whether it is up to date.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from server.protocol.answers import ANSWER  # noqa: E402
from server.protocol.commands import COMMAND  # noqa: E402
from server.protocol.message import SUBPROTOCOL  # noqa: E402

FILE = ROOT / "docs" / "protocol.schema.json"
DESCRIPTION = (
    "All messages of the websocket. A client sends a Command as JSON text; the server sends an Answer as MessagePack, "
    "where the format `binary` means bytes. docs/protocol.md explains both."
)


def protocol_schema() -> dict[str, Any]:
    """Return the schema: `Command` and `Answer` among the definitions, and either of them as a message."""
    schemas, common = TypeAdapter.json_schemas([("command", "validation", COMMAND), ("answer", "validation", ANSWER)])
    definitions: dict[str, Any] = {
        "Command": schemas["command", "validation"],
        "Answer": schemas["answer", "validation"],
        **common["$defs"],
    }
    for name in ("Experiment", "OwnData", "View"):  # their docstrings are written for readers of the engine
        definitions[name].pop("description")
    for definition in definitions.values():
        kind = definition.get("properties", {}).get("type", {})
        if "const" in kind:  # every message has its type, also where the server's classes fill it in
            kind.pop("default", None)
            definition["required"] = ["type", *(name for name in definition["required"] if name != "type")]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SUBPROTOCOL,
        "description": DESCRIPTION,
        "anyOf": [{"$ref": "#/$defs/Command"}, {"$ref": "#/$defs/Answer"}],
        "$defs": definitions,
    }


def main() -> int:
    """Write the file or, with --check, compare it."""
    text = json.dumps(protocol_schema(), indent=1) + "\n"
    if "--check" not in sys.argv:
        FILE.write_text(text, encoding="utf-8")
    elif not FILE.exists() or FILE.read_text(encoding="utf-8") != text:
        print(f"{FILE.relative_to(ROOT)} is out of date: run scripts/protocol_schema.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
