"""The traceback of an error from an author's code, without the runtime's frames, which do not help the author."""

from __future__ import annotations

import traceback
from opcode import opmap
from typing import TYPE_CHECKING

from .author_error import traceback_text
from .redaction import redaction

if TYPE_CHECKING:
    from types import TracebackType

_RUNTIME = __name__.rpartition(".")[0].partition(".")[0] + "."
_BETWEEN = "contextlib"
_RAISE = opmap["RAISE_VARARGS"]


def author_traceback(error: BaseException) -> str:
    """Return the traceback of ``error`` with only the author's frames, as far as they are known.

    The runtime's frames before the author's are removed. Those after them are removed if a ``raise`` of the runtime
    made the error: then its text explains the mistake. If no frame is left, only the text remains. Secrets of the
    session's data are hidden.
    """
    known = traceback_text(error)
    if known is not None:
        return known
    try:
        return redaction.hide(_format(error))
    except Exception:  # noqa: BLE001  a broken __str__
        return f"{type(error).__name__} (its traceback is not available)"


def _format(error: BaseException) -> str:
    frames = _frames(error.__traceback__)
    on_purpose = bool(frames) and _is_ours(frames[-1]) and _raises(frames[-1])
    while frames and _is_ours(frames[0]):
        del frames[0]
    if not on_purpose:
        shown = frames or _frames(error.__traceback__)
        first = shown[0] if shown else None
        return "".join(traceback.format_exception(type(error), error, first)).rstrip("\n")
    last = max((at for at, frame in enumerate(frames) if not _is_ours(frame)), default=-1)
    text = "".join(traceback.format_exception_only(type(error), error)).rstrip("\n")
    if last < 0:
        return text
    extracted = traceback.extract_tb(frames[0], limit=last + 1)
    return "Traceback (most recent call last):\n" + "".join(traceback.format_list(extracted)) + text


def _frames(first: TracebackType | None) -> list[TracebackType]:
    found = []
    while first is not None:
        found.append(first)
        first = first.tb_next
    return found


def _is_ours(frame: TracebackType) -> bool:
    """Return whether a frame is the runtime's, or between two of them."""
    name = str(frame.tb_frame.f_globals.get("__name__", ""))
    return name.startswith(_RUNTIME) or name == _BETWEEN


def _raises(frame: TracebackType) -> bool:
    """Return whether a frame is at a ``raise``, not at something that failed."""
    code = frame.tb_frame.f_code.co_code
    return 0 <= frame.tb_lasti < len(code) and code[frame.tb_lasti] == _RAISE
