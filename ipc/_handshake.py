"""Both sides of the handshake between frontend and daemon.

The connecting side says Hello with the key of the connection file, once it has checked that the listener belongs to the
same user; the daemon answers Welcome or Refused. Releases may differ: the daemon welcomes any release, and a frontend
that needs more than the frozen messages ("stop" and "cancel") gives up if the protocols differ.
"""

from __future__ import annotations

import os

from adaptor_runtime_client import __version__
from adaptor_runtime_client._channel import MESSAGE_LIMIT, Channel, ChannelClosedError
from adaptor_runtime_client._greeting import NotTrustedError, greet
from adaptor_runtime_client._messages import PROTOCOL, Hello, ProtocolError, Refused, Welcome
from adaptor_runtime_client._transport import DISTRUST, authenticate

from ._errors import BadInputError, HandshakeError, NoDaemonError, SilentDaemonError
from ._files.connection_file import OVER, STARTING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from adaptor_runtime_client._transport import Transport

    from ._files.connection_file import ConnectionInfo

HANDSHAKE_SECONDS = 10.0
"""Time limit for a whole handshake."""


def connect_to_daemon(
    connection: ConnectionInfo, *, seconds: float = HANDSHAKE_SECONDS, any_protocol: bool = False
) -> Channel:
    """Return a channel to the daemon of a connection file.

    Args:
        connection: The content of the file.
        seconds: Time limit for the whole handshake.
        any_protocol: Also accept a daemon with another protocol, for a caller that sends only Stop or Cancel.

    Raises:
        NoDaemonError: The daemon is not ready, has exited, or runs elsewhere.
        SilentDaemonError: The daemon exists but does not answer in time.
        BadInputError: Another program listens there, the daemon refuses, or its release is incompatible.
    """
    if connection.state == STARTING:
        if not connection.is_alive():
            raise NoDaemonError(
                f"process {connection.pid} has died before the daemon was ready; start a new one with 'daemon start'"
            )
        raise NoDaemonError(f"the daemon is not ready: process {connection.pid} is starting it")
    if connection.state == OVER:
        raise NoDaemonError(f"the session is over: {connection.message}; start a new one with 'daemon start'")
    connection.check_here()
    try:
        channel, answer = greet(connection.socket, connection.key, "frontend", seconds, connection.is_alive)
    except (NotTrustedError, ProtocolError) as error:
        raise BadInputError(f"no adaptor-runtime daemon answers at {connection.socket}: {error}") from error
    except OSError as error:
        raise _unreachable(connection, error) from error
    if isinstance(answer, Refused):
        kind = NoDaemonError if answer.exit_code == NoDaemonError.exit_code else BadInputError
        raise kind(f"the daemon (process {connection.pid}) refused: {answer.reason}")
    if answer.protocol != PROTOCOL and not any_protocol:
        channel.close()
        raise BadInputError(
            f"the daemon has adaptor-runtime {answer.release} (protocol {answer.protocol}), this command {__version__} "
            f"(protocol {PROTOCOL}): use the same release, or end the daemon with 'daemon stop'"
        )
    return channel


def welcome(transport: Transport, key: str, *, seconds: float = HANDSHAKE_SECONDS) -> Channel:
    """Receive the Hello of a new connection and return the channel, whose ``peer`` is that Hello.

    Call it in a separate thread for each connection: a silent client holds it for ``seconds``. A peer with another
    protocol is welcome, too; accept only Stop and Cancel from it.

    Raises:
        HandshakeError: The connection was rejected and closed.
    """
    channel = Channel(transport)
    try:
        channel.peer = _admit(channel, key, seconds)
        channel.send(Welcome(PROTOCOL, __version__, os.getpid()))
    except (HandshakeError, ProtocolError, OSError) as error:
        channel.close()
        raise HandshakeError(f"rejected a connection: {error}") from error
    except BaseException:
        channel.close()
        raise
    channel.limit = MESSAGE_LIMIT
    return channel


def _admit(channel: Channel, key: str, seconds: float) -> Hello:
    from hmac import compare_digest

    if not authenticate(channel.transport, key, accepted=True):
        raise HandshakeError(f"the process that connects {DISTRUST}")
    hello, _ = channel.receive(seconds)
    if not isinstance(hello, Hello):
        raise _refuse(channel, f"a {type(hello).__name__} is not a Hello")
    if not compare_digest(hello.key.encode("utf-8", "replace"), key.encode("utf-8")):
        raise _refuse(channel, "the key is wrong: the connection file belongs to another daemon")
    return hello


def _refuse(channel: Channel, reason: str) -> HandshakeError:
    try:
        channel.send(Refused(reason, BadInputError.exit_code))
    except ChannelClosedError:
        pass
    return HandshakeError(reason)


def _unreachable(connection: ConnectionInfo, error: OSError) -> NoDaemonError:
    try:
        alive = connection.is_alive()
    except NoDaemonError as elsewhere:
        return elsewhere
    if not alive:
        return NoDaemonError(
            f"the daemon (process {connection.pid}) is gone: 'daemon status' tells how its session stood and where its "
            "journal is; start a new one with 'daemon start'"
        )
    if isinstance(error, TimeoutError):
        return SilentDaemonError(f"the daemon (process {connection.pid}) does not answer: {error}")
    if isinstance(error, FileNotFoundError) and not os.path.isdir(connection.session_directory):
        return NoDaemonError(
            f"the daemon (process {connection.pid}) cannot be reached, because its session directory "
            f"{connection.session_directory} was removed: it ends within a minute, or at once by 'daemon stop'"
        )
    return NoDaemonError(f"the daemon (process {connection.pid}) does not answer: {error}")
