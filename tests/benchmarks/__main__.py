"""Measure this runtime and openjd-adaptor-runtime side by side: ``make benchmark``."""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import signal
import sys
import threading
import time
from pathlib import Path

import chart
import commands
import daemons
import examples
import footprint
import growth
import link
import looks
import output
import table
from harness import Bench, Group, Row, Target
from workplace import Workplace, reference_version

LIMIT = 600.0
"""Seconds that one group may take."""

GROUPS: dict[str, Group] = {
    "process": commands.whole_process,
    "start-stop": daemons.start_and_stop,
    "tasks": daemons.tasks,
    "by-name": examples.by_name,
    "session": daemons.whole_session,
    "looks": looks.looks,
    "usage": looks.usage,
    "output-run": output.through_run,
    "output-daemon": output.through_daemon,
    "memory": output.memory,
    "latency": output.latency,
    "actions": link.actions,
    "client-mapping": link.client_mapping,
    "mapping": link.mapping,
    "cancel": daemons.cancel,
    "growth": growth.tasks,
    "footprint": footprint.session,
    "idle": daemons.idle,
    "idle-application": daemons.idle_with_application,
    "client-import": commands.client_import,
}


def main() -> int:
    """Measure, and show the figures as they come. Return 1 when a group could not be measured."""
    began = time.monotonic()
    options = _options()
    version = reference_version()
    if version is None and not options.without_reference:
        sys.exit("openjd-adaptor-runtime is not installed: use `make benchmark`, or --without-reference")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    rows: list[Row] = []
    try:
        with Workplace(with_reference=not options.without_reference) as workplace:
            for name in options.rows or GROUPS:
                rows += _measure(name, Bench(workplace, options.quick))
                if options.markdown:  # what there is, should the rest be interrupted
                    _write(options.markdown, _page(rows, version))
    except KeyboardInterrupt:
        return 130
    print(f"{time.monotonic() - began:.0f} seconds", flush=True)
    return 1 if any(row.skipped for row in rows) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer samples and less work: minutes instead of many")
    parser.add_argument("--rows", nargs="+", metavar="NAME", choices=GROUPS, help=f"only these of: {', '.join(GROUPS)}")
    parser.add_argument(
        "--markdown",
        type=Path,
        metavar="FILE",
        help="write the figures to a page, as docs/performance.md, and its chart",
    )
    parser.add_argument("--without-reference", action="store_true", help="measure this runtime alone")
    return parser.parse_args()


def _measure(name: str, bench: Bench) -> list[Row]:
    rows = []
    # What hangs is ended, and its group with it; the other groups are measured all the same.
    limit = threading.Timer(LIMIT / 5 if bench.quick else LIMIT, bench.workplace.end_processes)
    limit.start()
    try:
        for row in GROUPS[name](bench):
            print(table.plain(row), flush=True)
            rows.append(row)
    except Exception as error:  # whatever one group has met, the figures of the others count
        print(f"{name}: {error!r}" if not str(error) else f"{name}: {error}", file=sys.stderr, flush=True)
        rows.append(Row(name, "", [], [], Target(), str(error).strip().rpartition("\n")[2] or repr(error)))
        bench.workplace.end_processes()
    finally:
        limit.cancel()
        limit.join()
    return rows


def _write(file: Path, page: str) -> None:
    file.write_text(page, encoding="utf-8")
    if chart.bars(page):
        file.with_suffix(".svg").write_text(chart.svg(page), encoding="utf-8")


def _page(rows: list[Row], version: str | None) -> str:
    return table.PAGE.format(
        version=version,
        table=table.markdown(rows),
        system=platform.system(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        processors=os.cpu_count(),
        command=shlex.join(["python", *sys.argv]),
    )


if __name__ == "__main__":
    sys.exit(main())
