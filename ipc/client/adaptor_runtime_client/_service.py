"""This process in the service of the adaptor that started it: what a plug-in of a few lines needs."""

from __future__ import annotations

import os
import threading

from . import _current_action
from ._action_loop import ActionLoop
from ._address import address
from ._console import complain
from ._errors import AdaptorGoneError, AdaptorRefusedError
from ._link import Link
from ._path_mapper import PathMapper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ._action import Action

    Handlers = dict[str, Callable[..., object]]


class Service:
    """Perform the actions of one adaptor, one at a time, and ask it for paths.

    Any thread may map paths. One thread at a time serves.
    """

    def __init__(self) -> None:
        self._handlers: Handlers = {}
        self._loop: ActionLoop | None = None
        self._path_mapper = PathMapper()
        self._serving = threading.Lock()
        self._opening = threading.Lock()
        self._is_over = False

    def serve(self, handlers: Handlers) -> None:
        """Perform actions until the adaptor has sent ``close`` or has gone; see ``adaptor_runtime_client.serve``."""
        _check(handlers)
        if not self._serving.acquire(blocking=False):
            raise RuntimeError("this process already serves its adaptor: a handler returns to serve on")
        try:
            self._handlers = handlers
            self._open().run()
        except AdaptorGoneError as error:
            if isinstance(error, AdaptorRefusedError) or not self._has_served():
                complain(f"ERROR: {error}")
                raise SystemExit(1) from None
        finally:
            self._serving.release()

    def serve_once(self, handlers: Handlers) -> bool:
        """Perform the action that has arrived, if any; see ``adaptor_runtime_client.serve_once``."""
        _check(handlers)
        if not self._serving.acquire(blocking=False):
            return True  # a handler runs the event loop of its application
        try:
            if not self._is_over:
                self._handlers = handlers
                handed = self._open().run_arrived()
                self._is_over = handed is not None and handed.is_close
        except AdaptorRefusedError:
            raise
        except AdaptorGoneError:
            if not self._has_served():
                raise
            self._is_over = True
        finally:
            self._serving.release()
        return not self._is_over

    def map_path(self, path: str) -> str:
        """Return where ``path`` is on this machine; see ``adaptor_runtime_client.map_path``."""
        return self._path_mapper.map_path(self._open().link, path)

    def renew(self) -> None:
        """Start over in a forked process, where another thread may have held a lock."""
        self._opening = threading.Lock()

    def _open(self) -> ActionLoop:
        with self._opening:
            if self._loop is None:
                self._loop = ActionLoop(Link(address()), self._prepare)
            return self._loop

    def _has_served(self) -> bool:
        return self._loop is not None and self._loop.link.has_been_open

    def _prepare(self, action: Action) -> Callable[[], object]:
        handler = self._handlers.get(action.name)
        if handler is None and action.name != "close":
            known = ", ".join(sorted(self._handlers)) or "none"
            raise LookupError(f"the application has no action {action.name!r}; it serves: {known}")
        return lambda: None if handler is None else handler(**(action.args or {}))


def _check(handlers: Handlers) -> None:
    for name, handler in handlers.items():
        if not callable(handler):
            raise TypeError(f"the handler of {name!r} cannot be called: {handler!r:.100}")


_service = Service()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_service.renew)


def serve(**handlers: Callable[..., Any]) -> None:
    """Perform what the adaptor asks for, until it sends ``close`` or has gone.

    Each action calls the handler of its name, with the data of the action as keyword arguments, and the adaptor gets
    the result: JSON, or the ``str()`` of what JSON cannot express. If a handler raises, the action has failed, the
    adaptor gets the error with its traceback, and this function serves on. ``sys.exit()`` in a handler ends the
    application. After ``close``, with or without a handler of this name, this function returns.

    The address of the adaptor is in the environment variable ``ADAPTOR_RUNTIME_SERVER``. Any thread may serve, one at a
    time. Signals are left alone.

    Args:
        handlers: What performs each action, by its name.

    Raises:
        SystemExit: There is no adaptor, or another process of the application serves; a line on stderr says which.
        RuntimeError: Another thread serves, or a handler calls this function.
        TypeError: A handler cannot be called.
    """
    _service.serve(handlers)


def serve_once(**handlers: Callable[..., Any]) -> bool:
    """Perform the action that has arrived, if any: ``serve`` for an application with its own event loop.

    Call it from a timer of the application; it waits for nothing, and costs a few microseconds if there is no action.
    While a handler runs, it does nothing, so a handler may run the event loop.

    Args:
        handlers: What performs each action, by its name; as for ``serve``.

    Returns:
        Whether to go on: False as soon as the adaptor has sent ``close`` or has gone.

    Raises:
        AdaptorGoneError: There is no adaptor, or another process of the application serves.
        TypeError: A handler cannot be called.
    """
    return _service.serve_once(handlers)


def map_path(path: str) -> str:
    """Return where ``path`` is on this machine, by the rules of the session; each path is asked for only once.

    Any thread may call it, in a handler or outside.

    Raises:
        RuntimeError: The adaptor could not answer, or there is none (AdaptorGoneError).
    """
    return _service.map_path(path)


def progress(percent: float, status: str = "") -> None:
    """Tell the adaptor how far the handler is. It gets this before the result of the action.

    Without an action in hand, it does nothing, so the code of a handler also runs without an adaptor. The same holds
    for less than a tenth of a percent more with the same status.

    Args:
        percent: From 0 to 100. What is not a number is complained about on stderr, and not sent.
        status: What the handler is doing, for people to read.
    """
    handed = _current_action.current()
    if handed is not None:
        handed.progress(percent, str(status))


def canceled() -> bool:
    """Return whether the adaptor no longer needs the result of this action: it was canceled, or its time is over.

    The handler may then return or raise at once. It is cheap enough for a render loop: a call takes less than a
    microsecond, and the answer is at most 50 ms old. It is also True if the adaptor has gone, and False without an
    action in hand. A thread that a handler has started may call it, as well as ``progress``.
    """
    handed = _current_action.current()
    return handed is not None and handed.is_canceled()
