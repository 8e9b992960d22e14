"""Fuzz the HTTP interface with schemathesis, which reads its OpenAPI description. `make fuzz` runs this.

The argument is the schemathesis command. Two of its checks are off: they need to know which texts are valid tables, and
the description can't say that.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from live import ServerProcess  # noqa: E402

INPUTS = 300  # for each operation
UNFITTING = "positive_data_acceptance,negative_data_rejection"


def main() -> int:
    """Start a server, fuzz it, and return the exit code."""
    tool = str(Path(sys.argv[1]).absolute())
    with ServerProcess(0, "--plain") as server, tempfile.TemporaryDirectory() as folder:
        address = f"{server.wait_ready().url}/openapi.json"
        options = ["--max-examples", str(INPUTS), "--checks", "all", "--exclude-checks", UNFITTING, "--phases"]
        return subprocess.run([tool, "run", address, *options, "coverage,fuzzing"], cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main())
