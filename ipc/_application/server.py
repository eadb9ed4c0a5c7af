"""The server that an adaptor runs for its application: actions and path mapping."""

from __future__ import annotations

import os
import threading
import time
import weakref
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from adaptor_runtime_client._address import ADDRESS_VARIABLE
from adaptor_runtime_client._application_key import key_environment, make_key
from adaptor_runtime_client._channel import PATIENCE
from adaptor_runtime_client._former_name import former_name
from adaptor_runtime_client._messages import PROTOCOL, Refused
from adaptor_runtime_client._transport import listen

from .._errors import BadInputError, HandshakeError
from .._files.guarded_directory import GuardedDirectory
from .._handshake import welcome
from .._own_process.runtime_thread import RuntimeThread
from .._stream import runtime_log
from .applications import explain_loss
from .connection import ApplicationConnection
from .linked_application import LinkedApplication

if TYPE_CHECKING:
    from typing import Callable

    from adaptor_runtime_client._channel import Channel
    from adaptor_runtime_client._transport import Listener, Transport

    from .actions_queue import ActionsQueue
    from .connection import PathMapper

    Admit = Callable[[LinkedApplication], "str | None"]
    OnServing = Callable[[LinkedApplication], object]
    OnLeft = Callable[[LinkedApplication, str], object]

_TAKE_UP_ACTION = "_BaseAdaptor__take_up_action"
"""The method through which an adaptor learns of its actions; the name cannot clash with an author's."""

_SETTLE_SECONDS = 2.0
"""How long ``shutdown`` waits for the outcome of actions in hand: an adaptor's callback may hang."""

_RETRY_SECONDS = 0.1
"""How long to wait if no file descriptor is left for another connection."""


class AdaptorServer:
    """Serve the actions of ``actions_queue`` and the path mapping of ``adaptor`` to one or more applications.

    The address exists once the constructor has returned; clients are served as soon as a thread is in
    ``serve_forever``. Only processes of the same user are served.

    Args:
        actions_queue: The actions to be performed.
        adaptor: Provides path mapping.
        admit: Called when an application asks for its first action, before ``on_serving``; returns why it may perform
            none, which it is told, or None. It may map paths in any case.
        on_serving: Called when an application is connected and asks for its first action: it is ready.
        on_left: Called with an application that was ready and has disconnected, and with the reason: how it ended, if
            it ended with an action in hand; otherwise why the link did. The wait for its action ends after that. Both
            are called on the thread that serves the application. What they raise is logged, and ends nothing.

    Attributes:
        server_path: The address for the application: the path of a socket, on Windows the name of a pipe.

    Raises:
        OSError: No temporary directory is writable.
    """

    def __init__(
        self,
        actions_queue: ActionsQueue,
        adaptor: PathMapper,
        *,
        admit: Admit | None = None,
        on_serving: OnServing | None = None,
        on_left: OnLeft | None = None,
    ) -> None:
        self.actions_queue = actions_queue
        self.adaptor = adaptor
        self._admit = admit
        self._on_serving = on_serving
        self._on_left = on_left
        self._numbers = count(1)
        # Published adaptors construct it in a thread and pass on the address as soon as they see the object, so clients
        # must be able to connect to it by then.
        self._directory = GuardedDirectory()
        try:
            self.server_path = self._directory.directory.socket("application")
            self._key = make_key(self.server_path, self._directory.path)
            self._listener = listen(self.server_path)
        except BaseException:
            self._directory.remove()
            raise
        self._close_listener = weakref.finalize(self, _close, self._listener, os.getpid())
        self._lock = threading.Lock()
        self._served: dict[Transport, RuntimeThread] = {}
        self._disconnected: weakref.WeakSet[Transport] = weakref.WeakSet()
        self._closing = threading.Event()
        # A real adaptor has one registry of its waits; a test may pass less than an adaptor.
        take_up = getattr(adaptor, _TAKE_UP_ACTION, None)
        if take_up is not None:
            actions_queue.watch_futures(take_up)

    def __repr__(self) -> str:
        state = "shut down" if self._closing.is_set() else f"{len(self._served)} connected"
        return f"<AdaptorServer {self.server_path} {state}>"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which ``serve`` in an application finds this server: add them to its environment."""
        return {ADDRESS_VARIABLE: self.server_path, **key_environment(self._directory.path)}

    socket_path = former_name("socket_path", "server_path")

    def serve_forever(self) -> None:
        """Serve until ``shutdown`` is called; return at once if it was."""
        while (transport := self._accept()) is not None:
            try:
                self._begin(transport)
            except RuntimeError as error:
                _warn("dropped an application's connection: %s", error)
                self._end(transport)

    def shutdown(self) -> None:
        """Stop serving and remove the socket with its directory. Any thread may call it at any time, and repeatedly.

        The futures of actions that an application has in hand raise ApplicationLinkLostError. Actions that no
        application has taken stay in the queue.
        """
        with self._lock:
            self._closing.set()
            served = list(self._served.items())
        self._close_listener()
        self._directory.remove()
        for transport, _ in served:
            transport.close()
        due = time.monotonic() + _SETTLE_SECONDS
        for _, thread in served:
            if not thread.is_current():
                thread.join(max(0.0, due - time.monotonic()))

    def disconnect(self) -> None:
        """End all connections; others may follow."""
        with self._lock:
            served = list(self._served)
            self._disconnected.update(served)
        for transport in served:
            transport.close()

    def _accept(self) -> Transport | None:
        while not self._closing.is_set():
            try:
                return self._listener.accept()
            except OSError as error:
                _warn("cannot accept applications at the moment: %s", error)
                self._closing.wait(_RETRY_SECONDS)
        return None

    def _begin(self, transport: Transport) -> None:
        thread = RuntimeThread(target=self._serve, args=(transport,), name="application")
        with self._lock:
            if self._closing.is_set():
                transport.close()
                return
            self._served[transport] = thread
        thread.start_and_wait()

    def _serve(self, transport: Transport) -> None:
        try:
            channel = welcome(transport, self._key)
            if not _refused(channel):
                channel.patience = PATIENCE
                self._connection(channel).serve()
        except HandshakeError as error:
            if not (self._closing.is_set() or transport in self._disconnected):
                _warn("%s", error)
        except RuntimeError as error:
            _warn("stopped serving an application: %s", error)
        finally:
            self._end(transport)

    def _end(self, transport: Transport) -> None:
        with self._lock:
            self._served.pop(transport, None)
        transport.close()

    def _connection(self, channel: Channel) -> ApplicationConnection:
        from .._processes.process_tree import session_of  # not needed before an application connects

        process = channel.transport.peer_process()
        session = None if process is None else session_of(process)
        peer = channel.peer
        application = LinkedApplication(next(self._numbers), process, session, "" if peer is None else peer.release)

        def explain() -> str | None:
            # A shutdown does not require an application to end.
            return None if self._closing.is_set() else explain_loss(session)

        return ApplicationConnection(
            channel,
            self.actions_queue,
            self.adaptor,
            explain=explain,
            admit=None if self._admit is None else partial(self._admit, application),
            on_serving=None if self._on_serving is None else partial(self._on_serving, application),
            on_left=None if self._on_left is None else partial(self._on_left, application),
        )


def _refused(channel: Channel) -> bool:
    peer = channel.peer
    assert peer is not None
    if peer.protocol == PROTOCOL:
        return False
    text = f"the application has client release {peer.release}, the adaptor another one: use the same release for both"
    _warn("%s", text)
    try:
        channel.send(Refused(text, BadInputError.exit_code))
    except OSError:
        pass
    return True


def _close(listener: Listener, pid: int) -> None:
    if os.getpid() == pid:  # a fork of the adaptor's process must not remove what the adaptor uses
        listener.close()


def _warn(message: str, *values: object) -> None:
    runtime_log.log("WARNING", message % values, "adaptor_runtime.application")
