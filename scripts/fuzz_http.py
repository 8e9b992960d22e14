"""Attack the HTTP interface with what schemathesis makes of its OpenAPI description: `make fuzz` runs it.

The argument is schemathesis's command. It is not told which tables to expect a success for, and for which not: a
description can't say which texts are tables.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from live import ServerProcess  # noqa: E402

INPUTS = 300  # of each operation
UNFITTING = "positive_data_acceptance,negative_data_rejection"


def main() -> int:
    """Start a server, have it attacked, and return the exit code."""
    tool = str(Path(sys.argv[1]).absolute())
    with ServerProcess(0, "--plain") as server, tempfile.TemporaryDirectory() as folder:
        address = f"{server.wait_ready().url}/openapi.json"
        options = ["--max-examples", str(INPUTS), "--checks", "all", "--exclude-checks", UNFITTING, "--phases"]
        return subprocess.run([tool, "run", address, *options, "coverage,fuzzing"], cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main())
