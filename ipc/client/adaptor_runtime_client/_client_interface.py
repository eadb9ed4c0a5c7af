"""The base class of a plug-in inside the application, which performs the actions that the adaptor enqueued."""

from __future__ import annotations

import signal
import threading
import warnings
from abc import ABC, abstractmethod
from functools import partial

from ._action_loop import ActionLoop
from ._console import complain, flush, say
from ._former_name import deprecation, former_name
from ._link import Link
from ._path_mapper import PathMapper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, Callable

    from ._action import Action
    from ._handed_action import HandedAction
    from ._path_mapping_rule import PathMappingRule


class ClientInterface(ABC):
    """Perform the actions that the adaptor enqueued, through the handlers in ``actions``.

    Any thread may map paths, also while another one waits for an action. In the main thread, the constructor makes
    ``graceful_shutdown`` the handler of SIGTERM (SIGBREAK on Windows). The connection to the adaptor opens on first
    use.

    Args:
        server_path: The address of the adaptor's server.
        socket_path: The same; deprecated.

    Attributes:
        actions: The handler of each action, by name. It is called with the action's ``args``; the adaptor gets its
            result. What JSON cannot express arrives as its ``str()`` and is no failure: a handler may return, without
            meaning it, what a function of the application returns, such as a set.
    """

    actions: dict[str, Callable[[dict[str, Any] | None], object]]

    def __init__(self, server_path: str | None = None, *, socket_path: str | None = None) -> None:
        if socket_path is not None:
            warnings.warn(deprecation("socket_path", "server_path"), DeprecationWarning, stacklevel=2)
            if server_path is not None:
                raise ValueError("'server_path' and 'socket_path' exclude each other: give only 'server_path'")
        path = server_path if socket_path is None else socket_path
        if path is None:
            raise TypeError("'server_path', the address of the adaptor's server, is missing")
        self.__loop = ActionLoop(Link(path), self.__prepare, self.__failed, self.__announce)
        self.__path_mapper = PathMapper(say)
        self._requested: HandedAction | None = None
        self.actions = {"close": self.close}
        self._handle_signal()

    @property
    def server_path(self) -> str:
        """The address of the adaptor's server."""
        return self._adaptor_link.path

    @server_path.setter
    def server_path(self, path: str) -> None:
        self._adaptor_link.close()
        self.__loop.link = Link(path)

    socket_path = former_name("socket_path", "server_path")

    # Methods that an application overrides.

    @abstractmethod
    def close(self, args: dict[str, Any] | None) -> None:
        """Close the application. Called for the action ``close``, after which ``poll`` returns.

        Args:
            args: The data of the action, if any.
        """

    @abstractmethod
    def graceful_shutdown(self, signum: int, frame: FrameType | None) -> None:
        """Close the application because of a signal. Called in the main thread, at any point.

        Args:
            signum: The number of the signal.
            frame: Where the main thread was interrupted.
        """

    def action_failed(self, action: Action, error: Exception) -> None:
        """Decide what happens after a handler raised; the adaptor already knows.

        By default, raise the error again, so that ``poll`` ends with it, and probably the application, too. An override
        that returns keeps the application for the next action.

        Args:
            action: The action.
            error: What its handler raised.
        """
        raise error

    # Methods that an application calls.

    def poll(self) -> None:
        """Perform actions up to and including ``close``.

        Raises:
            AdaptorGoneError: The adaptor is not running, or no longer running.
            Exception: What a handler raised, as ``action_failed`` decides.
        """
        self.__loop.run()

    def poll_once(self, timeout: float | None = 0.0) -> Action | None:
        """Perform the next action and return it; return None if none is due.

        For an application with its own event loop: call it from there, and stop at ``close``.

        Args:
            timeout: How long to wait for an action, in seconds; None waits forever, 0 not at all.

        Raises:
            AdaptorGoneError: The adaptor is not running, or no longer running.
            Exception: What the handler raised, as ``action_failed`` decides.
        """
        handed = self.__loop.run_once(timeout)
        return None if handed is None else handed.action

    def map_path(self, path: str) -> str:
        """Return where ``path`` is on this machine, by the rules of the session; each path is asked for only once.

        Raises:
            RuntimeError: The adaptor could not answer, or is not running (AdaptorGoneError).
        """
        return self.__path_mapper.map_path(self._adaptor_link, path)

    def path_mapping_rules(self) -> list[PathMappingRule]:
        """Return the rules behind ``map_path``; they are asked for only once.

        Raises:
            RuntimeError: The adaptor could not answer, or is not running (AdaptorGoneError).
        """
        return self.__path_mapper.rules(self._adaptor_link)

    # Methods that published clients with their own loop call; `poll_once` is better.

    def _request_next_action(self) -> tuple[int, str, Action | None]:
        """Wait for the next action and return it with a status and a reason, as in an HTTP answer.

        An action that was requested before and not passed to ``_perform_action`` counts as performed.

        Raises:
            AdaptorGoneError: The adaptor is not running, or no longer running.
        """
        earlier, self._requested = self._requested, None
        if earlier is not None:
            flush()
            handed = self.__loop.take(wait=True, after=earlier.done(None), about=earlier.connection)
        else:
            handed = self.__loop.take(wait=True)
        if handed is None or handed.action is None:
            return 200, "OK", None
        self._requested = handed
        return 200, "OK", handed.action

    def _perform_action(self, a: Action) -> None:
        """Perform an action, and report it to the adaptor if ``_request_next_action`` returned it.

        Raises:
            Exception: What the handler raised, as ``action_failed`` decides.
        """
        handed, self._requested = self._requested, None
        if handed is None:
            self.actions[a.name](a.args)
            return
        said = self.__loop.perform_as(handed, a)
        if said:
            handed.say(said)

    def _handle_signal(self) -> None:
        if threading.current_thread() is threading.main_thread():
            try:
                signal.signal(getattr(signal, "SIGBREAK", signal.SIGTERM), self.graceful_shutdown)
            except ValueError:
                # In an application that embeds Python, Python may take another thread for the main thread.
                pass

    @property
    def _adaptor_link(self) -> Link:
        return self.__loop.link

    # For the loop. An application's class may well have methods of these names.

    def __announce(self, action: Action) -> None:
        say(f"Performing action: {action.name}")  # its data may contain secrets

    def __prepare(self, action: Action) -> Callable[[], object]:
        try:
            handler = self.actions[action.name]
        except KeyError:
            complain(f"ERROR: the actions dictionary has no such action: {action.name}")
            raise LookupError(f"the application has no action {action.name!r}") from None
        return partial(handler, action.args)

    def __failed(self, action: Action, error: Exception) -> None:
        self.action_failed(action, error)  # looked up now: an application may set it at any time


HTTPClientInterface = ClientInterface
"""The name that published adaptors use on POSIX."""
