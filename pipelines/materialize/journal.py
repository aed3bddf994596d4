"""What was begun and done of a plan: lines that are only ever appended, on disk before the next thing happens."""

import json
import os
from pathlib import Path
from typing import Any

BEGUN, DONE, UNDONE = "begun", "done", "undone"


class Journal:
    """The journal beside a plan. state: of each move, by its name: BEGUN, DONE or UNDONE."""

    def __init__(self, plan: str) -> None:
        """Open the journal of a plan, which is a local file; a line that was cut short by a crash is no line."""
        self.path = Path(f"{plan}.journal")
        self.state: dict[str, str] = {}
        if self.path.exists():
            data = self.path.read_bytes()
            whole = data[: data.rfind(b"\n") + 1]
            if len(whole) < len(data):
                with self.path.open("r+b") as file:
                    file.truncate(len(whole))
            for line in whole.splitlines():
                record = json.loads(line)
                self.state[record["move"]] = record["state"]

    def note(self, move: str, state: str, **more: Any) -> None:
        """Append a line, and see it on disk."""
        with self.path.open("ab") as file:
            file.write(json.dumps({"move": move, "state": state, **more}).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self.state[move] = state
