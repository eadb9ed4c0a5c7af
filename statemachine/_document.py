"""Write the generated part of the lifecycle's documentation: ``python -m adaptor_runtime.statemachine._document``.

Run it at the top of the repository after a change of the table. It takes the file to rewrite as an argument.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ._graph import draw
from ._states import TRANSITIONS, Transition

_BEGIN = "<!-- generated from statemachine/_states.py by `python -m adaptor_runtime.statemachine._document`: begin -->"
_END = "<!-- generated: end -->"
_OWED = {True: "; only while stop is owed", False: "; only while no stop is owed", None: ""}


def generated() -> str:
    """Return the table and the diagram as Markdown."""
    head = "| trigger | from | to | moves | meaning |\n|---|---|---|---|---|\n"
    table = head + "".join(map(_row, TRANSITIONS))
    return f"{table}\n```mermaid\n{draw('mermaid')}```\n"


def renewed(document: str) -> str:
    """Return ``document`` with the part between the markers written anew.

    Raises:
        ValueError: The markers are not there, once each and in order.
    """
    before, begin, rest = document.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end or _BEGIN in rest or _END in after:
        raise ValueError(f"the generated part has to stand between {_BEGIN!r} and {_END!r}")
    return f"{before}{_BEGIN}\n\n{generated()}\n{_END}{after}"


def _row(row: Transition) -> str:
    sources = ", ".join(source.value for source in row.sources) + _OWED[row.stop_owed]
    return f"| `{row.trigger}` | {sources} | {row.target} | {row.moves} | {row.meaning} |\n"


def main(arguments: list[str]) -> None:
    """Rewrite the file named in ``arguments``, by default ``docs/lifecycle.md``."""
    file = Path(arguments[0] if arguments else "docs/lifecycle.md")
    document = file.read_text(encoding="utf-8")
    file.write_bytes(renewed(document).encode("utf-8"))


if __name__ == "__main__":
    main(sys.argv[1:])
