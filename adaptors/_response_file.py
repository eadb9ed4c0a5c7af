"""A file with the arguments of a command, for commands that are longer than the system allows."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any, Callable

from ._session.private_state import PrivateState, serving_state
from .processes._start_check import checked_list, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_SUFFIX = ".rsp"
_NOT_PLAIN = frozenset(" \t\r\n\f\v'\"\\")

_without_session = PrivateState()


def temporary_directory() -> str:
    """Return the private directory of the session: it goes away with the session, however that ends.

    It is the same one each time. Without a session, it goes away with this process. The application of an
    ``ApplicationAdaptor`` has it as its ``TMPDIR``; a command gets it from ``environment``.

    Raises:
        OSError: No temporary directory is writable.
    """
    return (serving_state() or _without_session).temporary_directory()


def response_file(arguments: Iterable[str | os.PathLike[str]], *, style: str = "lines", encoding: str = "utf-8") -> str:
    r"""Write arguments to a private file in ``temporary_directory()``, and return its path.

    How a program is told to read it is its own matter: many take ``@`` and the path.

    Args:
        arguments: Texts or paths.
        style: How the program separates them. "lines": one argument per line, as it is (``argparse``, exiftool).
            "gnu": one per line, quoted as in a shell where needed (gcc, clang, ld, ar). "windows": as on a command line
            of Windows (Microsoft's programs).
        encoding: What the program reads; Microsoft's programs want "utf-16".

    Raises:
        TypeError: It is no list, or an argument is neither a text nor a path.
        ValueError: An argument has a character that the style or the encoding cannot express, or there is no such
            style.
        LookupError: There is no such encoding.
        OSError: It cannot be written.

    >>> from pathlib import Path
    >>> Path(response_file(["-o", "a file", ""], style="gnu")).read_text()
    '-o\\n"a file"\\n""\\n'
    """
    quote = _QUOTES.get(style)
    if quote is None:
        raise ValueError(f"there is no style {style!r}; write one of {', '.join(map(repr, _QUOTES))}")
    texts = [_text(at, argument) for at, argument in enumerate(checked_list(arguments, "response_file was given"), 1)]
    lines = "".join(quote(at, text) + os.linesep for at, text in enumerate(texts, 1))
    return _written(_encoded(lines, texts, encoding))


def _text(at: int, argument: Any) -> str:
    text = os.fspath(argument) if isinstance(argument, os.PathLike) else argument
    if not isinstance(text, str):
        raise TypeError(f"argument {at} is {kind_of(text)}; it must be a str or a path")
    if "\0" in text:
        raise ValueError(f"argument {at} has a null character, which no program can get")
    return text


def _as_line(at: int, text: str) -> str:
    if "\n" in text or "\r" in text:
        raise ValueError(f"argument {at} has a line break, which one line cannot express; see whether style='gnu' fits")
    return text


def _as_gnu(_: int, text: str) -> str:
    if text and _NOT_PLAIN.isdisjoint(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _as_windows(_: int, text: str) -> str:
    return subprocess.list2cmdline([text])


_QUOTES: dict[str, Callable[[int, str], str]] = {"lines": _as_line, "gnu": _as_gnu, "windows": _as_windows}


def _encoded(lines: str, texts: list[str], encoding: str) -> bytes:
    # Paths that do not decode are passed on as the bytes they were, where the encoding is that of the system.
    errors = "surrogateescape" if encoding.lower().replace("-", "") == "utf8" else "strict"
    try:
        return lines.encode(encoding, errors)
    except UnicodeEncodeError:
        for at, text in enumerate(texts, 1):
            try:
                text.encode(encoding, errors)
            except UnicodeEncodeError as error:
                raise ValueError(
                    f"argument {at} has a character that {encoding} cannot express: {error.reason}"
                ) from None
        raise


def _written(data: bytes) -> str:
    import tempfile

    descriptor, path = tempfile.mkstemp(suffix=_SUFFIX, prefix="arguments-", dir=temporary_directory())
    with open(descriptor, "wb") as file:
        file.write(data)
    return path
