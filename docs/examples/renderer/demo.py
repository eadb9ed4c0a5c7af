"""Render three frames as a scheduler would: ``daemon start``, ``daemon run`` three times, ``daemon stop``."""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple, NoReturn

from ...statemachine import Record, path

ADAPTOR = [sys.executable, "-m", "adaptor_runtime.examples.renderer"]
FRAMES = (1, 2, 3)


class Step(NamedTuple):
    """One command of the demo, and its outcome."""

    name: str
    exit_code: int
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("demo-output"), help="where the pictures go")
    output: Path = parser.parse_args().output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    journal = output / "journal.jsonl"
    journal.unlink(missing_ok=True)
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, go_on)
    steps = render(output, journal)
    show(steps, output, journal)
    return next((step.exit_code for step in steps if step.exit_code != 0), 0)


def render(output: Path, journal: Path) -> list[Step]:
    daemon = ["--connection-file", str(output / "connection.json")]
    init_data = json.dumps({"output_directory": str(output)})
    steps: list[Step] = []
    try:
        start = ["daemon", "start", *daemon, "--init-data", init_data, "--journal", str(journal)]
        steps.append(run("daemon start", start))
        for frame in FRAMES:
            if steps[-1].exit_code == 0:
                run_data = json.dumps({"frames": frame})
                steps.append(run(f"daemon run, frame {frame}", ["daemon", "run", *daemon, "--run-data", run_data]))
    finally:
        steps.append(run("daemon stop", ["daemon", "stop", *daemon]))
    return steps


def run(name: str, arguments: list[str]) -> Step:
    print(f"\n$ {shlex.join(['python', *ADAPTOR[1:], *arguments])}", flush=True)
    began = time.monotonic()
    with subprocess.Popen([*ADAPTOR, *arguments], stdin=subprocess.DEVNULL) as process:
        try:
            process.wait()
        except BaseException:
            process.terminate()
            raise
    return Step(name, process.returncode, time.monotonic() - began)


def show(steps: list[Step], output: Path, journal: Path) -> None:
    print()
    for step in steps:
        print(f"{step.name:20} {step.seconds:6.2f} s   exit code {step.exit_code}")
    print(f"\nlifecycle: {' -> '.join(lifecycle(journal))}")
    print("\npictures:")
    for picture in sorted(output.glob("frame_*.png")):
        print(f"  {picture}")
    if journal.exists():
        print("\nwhat happened:", flush=True)
        tell(output, journal)


def tell(output: Path, journal: Path) -> None:
    """Draw the path that the session took, and write the page about it, to be opened in a browser."""
    drawing, page = output / "lifecycle.svg", output / "report.html"
    draw = [*ADAPTOR, "graph", "--format", "svg", "--journal", str(journal)]
    with drawing.open("wb") as file:
        drawn = subprocess.run(draw, stdout=file, check=False).returncode == 0
    written = subprocess.run([*ADAPTOR, "report", str(journal), "--output", str(page)], check=False).returncode == 0
    for file_path, is_there in ((drawing, drawn), (page, written)):
        if is_there:
            print(f"  {file_path}")


def lifecycle(journal: Path) -> list[str]:
    """The states that the session went through, according to its journal."""
    if not journal.exists():
        return ["(no daemon was started)"]
    with journal.open(encoding="utf-8") as file:
        entries = map(json.loads, file)
        return path(Record.from_dict(entry) for entry in entries if entry["kind"] != "note")


def go_on(_number: int, _frame: object) -> None:
    """Leave it to the command, which the terminal also interrupts: it cancels its work, and its exit code says so.

    A KeyboardInterrupt while the exit code is fetched would lose the code.
    """


def leave(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
