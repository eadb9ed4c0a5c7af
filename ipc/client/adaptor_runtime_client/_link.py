"""The link from an application to its adaptor, which survives a lost connection and a fork."""

from __future__ import annotations

import os
import threading
import weakref

from ._application_key import find_key
from ._channel import PATIENCE, ChannelClosedError
from ._connection import Connection, PendingQuestion
from ._errors import AdaptorGoneError, AdaptorRefusedError
from ._greeting import NotTrustedError, greet
from ._messages import PROTOCOL, ProtocolError, Refused
from ._version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._channel import Channel
    from ._connection import Answer, Question
    from ._messages import Welcome

_HANDSHAKE_SECONDS = 60.0
"""How long an adaptor may take for its first answer: it may be loading, or its machine may be busy."""


class Link:
    """Keep one connection to the adaptor that listens at ``path``.

    It opens on first use, and once more within one question if it was lost, even while it opened. ``has_been_open`` is
    whether an adaptor has ever answered.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.has_been_open = False
        self._connection: Connection | None = None
        self._lock = threading.RLock()
        _links.add(self)

    def __del__(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def ask(self, question: Question) -> tuple[Connection, Answer]:
        """Ask like ``Connection.ask``, and return the answer with the connection that delivered it.

        Raises:
            AdaptorGoneError: The adaptor is not running, or the connection was lost twice.
            AdaptorRefusedError: Another process performs its actions.
        """
        connection = self._current()
        try:
            if connection.is_used_by_this_thread:
                # A signal handler asks. It must not wait for the very call that it interrupted.
                connection = self._open()
                return connection, connection.ask(question)
            try:
                return connection, connection.ask(question)
            except ChannelClosedError:
                self.raise_if_refused(connection)
                connection = self._current()
                return connection, connection.ask(question)
        except ChannelClosedError as error:
            raise self._gone(error) from error
        finally:
            if connection is not self._connection:
                connection.close()

    def begin(self, question: Question) -> PendingQuestion:
        """Send a question for whose answer nobody waits yet.

        Raises:
            AdaptorGoneError: The adaptor is not running.
        """
        try:
            connection = self._current()
            return PendingQuestion(connection, connection.begin(question))
        except ChannelClosedError:
            pass
        try:
            connection = self._current()
            return PendingQuestion(connection, connection.begin(question))
        except ChannelClosedError as error:
            raise self._gone(error) from error

    def raise_if_refused(self, connection: Connection) -> None:
        """Raise AdaptorRefusedError if the adaptor has refused a connection: another one would be refused, too."""
        if connection.refusal:
            raise AdaptorRefusedError(f"the adaptor at {self.path} refused: {connection.refusal}") from None

    def close(self) -> None:
        """End the connection; the next question opens a new one."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def forget(self) -> None:
        """Start over in a forked process, where another thread may have held the lock."""
        connection, self._connection = self._connection, None
        self._lock = threading.RLock()
        if connection is not None:
            connection.abandon()

    def _current(self) -> Connection:
        connection = self._connection
        if connection is not None and not connection.is_lost:
            return connection
        with self._lock:
            if self._connection is None or self._connection.is_lost:
                self._connection = self._open()
            return self._connection

    def _gone(self, error: ChannelClosedError) -> AdaptorGoneError:
        return AdaptorGoneError(f"the connection to the adaptor at {self.path} is lost: {error}")

    def _open(self) -> Connection:
        try:
            channel, answer = self._greet()
        except (OSError, NotTrustedError, ProtocolError) as error:
            raise AdaptorGoneError(f"no adaptor-runtime adaptor answers at {self.path}: {error}") from error
        if isinstance(answer, Refused):
            raise AdaptorGoneError(f"the adaptor at {self.path} refused: {answer.reason}")
        if answer.protocol != PROTOCOL:
            channel.close()
            raise AdaptorGoneError(
                f"the adaptor has adaptor-runtime {answer.release} (protocol {answer.protocol}), the client in "
                f"the application has {__version__} (protocol {PROTOCOL}): use the same release for both"
            )
        channel.patience = PATIENCE
        self.has_been_open = True
        return Connection(channel)

    def _greet(self) -> tuple[Channel, Welcome | Refused]:
        try:
            return greet(self.path, find_key(self.path), "application", _HANDSHAKE_SECONDS)
        except ChannelClosedError:  # an adaptor may disconnect its applications at any time, also one that greets it
            return greet(self.path, find_key(self.path), "application", _HANDSHAKE_SECONDS)


_links: weakref.WeakSet[Link] = weakref.WeakSet()


def _forget_links() -> None:
    for link in list(_links):
        link.forget()


if hasattr(os, "register_at_fork"):
    # The connection must end with this process, however it ends, and two processes cannot read one stream.
    os.register_at_fork(after_in_child=_forget_links)
