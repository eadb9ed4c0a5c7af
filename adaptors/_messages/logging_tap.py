"""Tap the records of ``logging``, regardless of an author's handlers.

A handler on the root logger would not work: with one, ``basicConfig`` in a hook has no effect, and ``dictConfig``
removes it. So during a session, the two methods that every record passes are replaced.
"""

from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING, Any

from .author_traceback import author_traceback

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Callable

_DESCRIPTORS = (1, 2)

_STREAM_HANDLER: Any = logging.StreamHandler
_LOGGER: Any = logging.Logger


class LoggingTap:
    """Take each record that ``logging`` shows, once.

    If an author's handler shows records on standard output or standard error, like the one of ``basicConfig``, its
    filters and its formatter determine what is taken, because they may hide a secret. A record that it does not show is
    not taken. The same is true of a handler that gets its records through a queue, from a ``QueueListener`` that is
    running. All other records are taken when they reach the root logger.

    Args:
        take: Called with the level's name and the text of each record, on the thread that logs.
    """

    def __init__(self, take: Callable[[str, str], object]) -> None:
        self._take = take
        self._former: tuple[Any, Any] | None = None

    def open(self) -> None:
        """Start."""
        self._former = former_emit, former_call = logging.StreamHandler.emit, logging.Logger.callHandlers

        def emit(handler: logging.StreamHandler[Any], record: logging.LogRecord) -> None:
            if _is_console(handler):
                self._take(record.levelname, _formatted(handler, record))
            else:
                former_emit(handler, record)

        def call_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
            handlers = list(_handlers(logger))
            gets_to_root = any(handler is None for handler in handlers)
            # First, because a listener may be stopped as soon as it has the record.
            is_shown = any(handler is not None and _shows(handler) for handler in handlers)
            if len(handlers) > gets_to_root or not gets_to_root:
                former_call(logger, record)
            if gets_to_root and not is_shown:
                self._take(record.levelname, _plain(record))

        _STREAM_HANDLER.emit, _LOGGER.callHandlers = emit, call_handlers

    def close(self) -> None:
        """Stop."""
        if self._former is not None:
            former_emit, former_call = self._former
            _STREAM_HANDLER.emit, _LOGGER.callHandlers = former_emit, former_call
            self._former = None


def _handlers(start: logging.Logger) -> Iterator[logging.Handler | None]:
    """Yield the handlers that get the records of a logger, and finally None if they reach the root logger."""
    logger: logging.Logger | None = start
    while logger is not None:
        yield from logger.handlers
        if logger.parent is None:
            yield None
        logger = logger.parent if logger.propagate else None


def _shows(handler: logging.Handler) -> bool:
    """Return whether the author has a handler show the records that ``handler`` gets."""
    return _is_console(handler) or any(_is_console(each) for each in _handlers_behind(getattr(handler, "queue", None)))


def _handlers_behind(queue: object) -> Iterator[logging.Handler]:
    """Yield the handlers that get the records in a queue from a running ``QueueListener``.

    Neither the queue nor its handler knows the listener. The thread of the listener does.
    """
    if queue is not None:
        for thread in threading.enumerate():
            listener = getattr(getattr(thread, "_target", None), "__self__", None)
            if getattr(listener, "queue", None) is queue:
                yield from getattr(listener, "handlers", ())


def _is_console(handler: logging.Handler) -> bool:
    """Return whether a handler shows records on standard output or standard error."""
    stream = getattr(handler, "stream", None) or getattr(getattr(handler, "console", None), "file", None)
    if stream is None:
        return False
    if any(stream is one for one in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)):
        return True
    try:
        return stream.fileno() in _DESCRIPTORS
    except Exception:  # noqa: BLE001  a stream of the author's own
        return False


def _formatted(handler: logging.Handler, record: logging.LogRecord) -> str:
    """Return the text of a record from a handler, without the level, which the session's log writes itself."""
    try:
        text = handler.format(record)
    except Exception as error:  # noqa: BLE001  wrong arguments, or a formatter that fails; the record may hold a secret
        return f"a record of {record.name} cannot be shown: {type(error).__name__}"
    for beginning in (f"{record.levelname}:{record.name}:", f"{record.levelname}: "):
        if text.startswith(beginning):
            return text[len(beginning) :]
    return text


def _plain(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except Exception as error:  # noqa: BLE001  wrong arguments in an author's log call
        text = f"{shown(record.msg)} (its arguments do not fit: {type(error).__name__})"
    if record.exc_info and record.exc_info[1] is not None:
        text += "\n" + author_traceback(record.exc_info[1])
    return text


def shown(value: Any) -> Any:
    """Return a value in a form that every stream can carry; a broken ``__str__`` must not lose the record."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001
        return f"<{type(value).__name__}: {type(error).__name__} in its __str__>"
