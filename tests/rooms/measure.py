"""Measure the division into rooms: ``python tests/rooms/measure.py`` at the top of the repository prints

- how many modules each room has,
- how many arrows there are between rooms, and
- how often the room changes in the daemon and in the command while one ``daemon run`` is served; with -v, between
  which rooms.

The last figure is traced: a change is a call of one of our functions in another room than the previous call on the same
thread.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import test_architecture as architecture  # noqa: E402

ADAPTOR = """
from adaptor_runtime import Adaptor, EntryPoint, SemanticVersion

class Plain(Adaptor):
    data_version = SemanticVersion(1, 0)

    def on_run(self, run_data):
        self.update_status(progress=100, status_message="done")

if __name__ == "__main__":
    EntryPoint(Plain).start()
"""


def modules_of_rooms() -> Counter[str]:
    """Count the modules of each room."""
    return Counter(module.part for module in architecture.PARTS if not module.is_package)


def arrows() -> set[tuple[str, str]]:
    """Return the pairs of rooms of which the first imports from the second."""
    return {
        (module.part, architecture.part_of(found.target))
        for module in architecture.PARTS
        for found in architecture.imports_of(module)
        if architecture.is_ours(found.target) and architecture.part_of(found.target) != module.part
    }


def changes_of_room() -> dict[str, Counter[str]]:
    """Return how often the room changes in the daemon and in the command during one ``daemon run``."""
    with tempfile.TemporaryDirectory() as folder:
        adaptor, trace = Path(folder, "plain.py"), Path(folder, "trace")
        adaptor.write_text(ADAPTOR, encoding="utf-8")
        trace.mkdir()
        command = [sys.executable, str(adaptor), "daemon"]
        connection = ["--connection-file", str(Path(folder, "connection.json"))]
        environment = {**os.environ, "PYTHONPATH": str(HERE), "TRACE_ROOMS": str(trace)}

        def run(*words: str) -> int:
            with subprocess.Popen(
                [*command, *words, *connection], env=environment, stdout=subprocess.DEVNULL
            ) as process:
                pass
            assert process.returncode == 0
            return process.pid

        run("start")
        run("run", "--run-data", "{}")  # waits for what is loaded after the start
        before = {file: file.stat().st_size for file in trace.iterdir()}
        task = run("run", "--run-data", "{}")
        after = {file: file.stat().st_size for file in trace.iterdir()}
        daemon = json.loads(Path(folder, "connection.json").read_text(encoding="utf-8"))["pid"]
        run("stop")
        of = {file: _changes(file, before.get(file, 0), size) for file, size in after.items()}
        return {"daemon": of[trace / str(daemon)], "command": of[trace / str(task)]}


def _changes(file: Path, begin: int, end: int) -> Counter[str]:
    """Count the changes of room in a part of a trace, by the rooms that they go from and to."""
    last: dict[str, str] = {}
    changes: Counter[str] = Counter()
    for line in file.read_text(encoding="utf-8").encode()[begin:end].decode().splitlines():
        thread, _, module = line.partition(" ")
        room = architecture.part_of(module)
        if last.setdefault(thread, room) != room:
            changes[f"{last[thread]} -> {room}"] += 1
        last[thread] = room
    return changes


def main() -> None:
    """Print the figures."""
    for room, count in sorted(modules_of_rooms().items()):
        print(f"{count:4}  {room}")
    print(f"{len(arrows()):4}  arrows between rooms")
    for process, changes in changes_of_room().items():
        print(f"{sum(changes.values()):4}  changes of room in the {process} for one task")
        for change, count in changes.most_common(8 if "-v" in sys.argv else 0):
            print(f"      {count:4}  {change}")


if __name__ == "__main__":
    main()
