"""The text of the messages that a scheduler reads on standard output.

Open Job Description 2023-09, "How Jobs Are Run", section "Stdout/Stderr Messages", defines the grammar. Schedulers read
one line at a time and accept a message only at column 0; some fail a task for a line that merely resembles an
environment message. So only this module spells the prefixes, both to write them and to recognize them in foreign text.
"""

from __future__ import annotations

import math
import re

MAXIMUM_TEXT = 8_000
"""The longest payload, in characters. Schedulers cut a line at 64,000 bytes and read the rest as a separate line."""

MAXIMUM_LINE = 60_000
"""The longest line, in bytes, that is printed in one piece: well below the 64,000 bytes at which schedulers cut."""

SESSION_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

# Patterns as text: `re` compiles and caches those that are used, which is none in most commands.
_BREAKS = r"[\x00-\x1f\x7f\x85\u2028\u2029]+"
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_OURS = rb"openjd_(progress|status): (.+)"
# What a reader may skip at the beginning of a line: control characters, the blanks of Latin-1 and of Unicode in UTF-8,
# and the byte order mark.
_BLANK = (
    rb"[\x00-\x20\x7f\x85\xa0]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8f\xa8-\xaf]|\xe2\x81[\x9f\xa0]"
    rb"|\xe3\x80\x80|\xef\xbb\xbf"
)
_RESEMBLES = rb"(?:" + _BLANK + rb")*openjd_"


def one_line(text: str) -> str:
    r"""Return ``text`` as one line that a scheduler reads completely.

    Control characters become blanks, and the length is bounded.

    >>> one_line("cannot open\\n  scene.blend")
    'cannot open scene.blend'
    """
    folded = " ".join(re.sub(_BREAKS, " ", text).split(" ")).strip()
    folded = re.sub(r" {2,}", " ", folded)
    return folded if len(folded) <= MAXIMUM_TEXT else folded[: MAXIMUM_TEXT - 1] + "…"


def progress_line(percent: float) -> str | None:
    """Return the progress message for ``percent`` clamped to 0 to 100, or None if it is not a finite number.

    >>> progress_line(12.5), progress_line(250), progress_line(float("nan"))
    ('openjd_progress: 12.5', 'openjd_progress: 100', None)
    """
    if not math.isfinite(percent):
        return None
    plain = f"{min(100.0, max(0.0, percent)):.4f}".rstrip("0").rstrip(".")
    return f"openjd_progress: {plain}"


def status_line(text: str) -> str | None:
    """Return the status message for ``text``, or None if nothing of it can be shown."""
    folded = one_line(text)
    return f"openjd_status: {folded}" if folded else None


def failure_line(text: str) -> str:
    """Return the failure message for ``text``. A process prints at most one such message."""
    return f"openjd_fail: {one_line(text) or 'failed without a message'}"


def is_environment_name(name: str) -> bool:
    """Return whether ``name`` may name an environment variable in a message (``[A-Za-z_][A-Za-z0-9_]*``)."""
    return re.fullmatch(_NAME, name) is not None


def environment_line(action: str, name: str, value: str = "") -> str:
    """Return the message that sets, unsets, or sets and redacts an environment variable.

    Args:
        action: ``"set"``, ``"unset"`` or ``"redact"`` (RFC 0003, ``openjd_redacted_env``).
        name: The variable's name; :func:`is_environment_name` holds.
        value: Its value. One with line breaks is written in the JSON form of the message.
    """
    if action == "unset":
        return f"openjd_unset_env: {name}"
    key = "openjd_redacted_env" if action == "redact" else "openjd_env"
    assignment = f"{name}={value}"
    if re.search(_BREAKS, value) or value != value.strip():
        import json  # rarely needed, and not by the commands that run once per task

        assignment = json.dumps(assignment)
    return f"{key}: {assignment}"


def session_log_level_line(level: str) -> str | None:
    """Return the message that sets the log level of the scheduler's session, or None for an unknown level."""
    return f"openjd_session_runtime_loglevel: {level}" if level in SESSION_LOG_LEVELS else None


def read_message(line: bytes) -> tuple[str, str] | None:
    """Return ``("progress", text)`` or ``("status", text)`` if ``line`` is exactly such a message, else None."""
    match = re.fullmatch(_OURS, line)
    if match is None:
        return None
    return match.group(1).decode("ascii"), match.group(2).decode("utf-8", "backslashreplace")


def resembles_message(line: bytes) -> bool:
    """Return whether a scheduler could take ``line`` for a message, or for a near miss that fails the task."""
    return re.match(_RESEMBLES, line, re.IGNORECASE) is not None
