"""What an application reads from its standard input: a text, bytes, a file, or a named pipe."""

from __future__ import annotations

import os
import selectors
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Union

from ._start_check import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO

_CHUNK = 65_536  # bytes of a file

_LOOK_SECONDS = 0.25
"""How often a wait for the writer of a pipe looks whether the application has exited."""

Source = Callable[[Callable[[], bool]], "Iterable[Union[str, bytes]]"]
"""Takes what says whether nobody reads any more, and returns the parts."""


@contextmanager
def opened(given: Any) -> Iterator[Source]:
    """Open what ``get_stdin`` has returned, before the application starts.

    Args:
        given: A text, bytes, a path, or None.

    Raises:
        TypeError: It is something else.
        OSError: The file cannot be read.
    """
    if isinstance(given, os.PathLike):
        with _opened_file(given) as file:
            is_pipe = stat.S_ISFIFO(os.fstat(file.fileno()).st_mode)
            yield lambda is_over: _parts_of_pipe(file, is_over) if is_pipe else iter(lambda: file.read(_CHUNK), b"")
    elif given is None or isinstance(given, (str, bytes)):
        yield lambda _: [given] if given else []
    else:
        raise TypeError(f"the standard input is {kind_of(given)}; it must be a str, bytes, a path, or None")


def _opened_file(path: os.PathLike[str]) -> IO[bytes]:
    try:
        return open(path, "rb", opener=_open_at_once)
    except OSError as error:
        text = f"the standard input cannot be read: {error.strerror or error}"
        raise OSError(error.errno, text, os.fspath(path)) from None


def _open_at_once(path: str, flags: int) -> int:
    """Open a file; do not wait until a pipe has a writer, because no cancel would end that."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _parts_of_pipe(pipe: IO[bytes], is_over: Callable[[], bool]) -> Iterator[bytes]:
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while not is_over():
            if selector.select(_LOOK_SECONDS):
                part = os.read(pipe.fileno(), _CHUNK)
                if not part:
                    return
                yield part
