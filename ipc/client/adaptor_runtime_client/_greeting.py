"""The connecting side of the handshake, for both the frontend and the application."""

from __future__ import annotations

import time

from ._channel import HANDSHAKE_LIMIT, MESSAGE_LIMIT, Channel, ChannelClosedError
from ._messages import PROTOCOL, Hello, ProtocolError, Refused, Welcome
from ._transport import DISTRUST, authenticate, connect
from ._version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ._transport import Transport


class NotTrustedError(Exception):
    """The process that answers is not the one that the key was made for."""


def greet(
    path: str, key: str, purpose: str, seconds: float, is_there: Callable[[], bool] | None = None
) -> tuple[Channel, Welcome | Refused]:
    """Connect to the listener at ``path`` and return the channel with the listener's answer.

    The key is sent only after checking that the listener belongs to this user or, on Windows, knows the key. After a
    Refused, the channel is closed.

    Args:
        path: The address of the listener.
        key: The secret that authorizes the caller.
        purpose: "frontend" or "application".
        seconds: Time limit for the whole handshake.
        is_there: Returns whether the process of the listener lives.

    Raises:
        NotTrustedError: The listener belongs to another user or, on Windows, does not know the key.
        OSError: Nobody listens, answers in time (TimeoutError), or stays connected (ChannelClosedError).
        ProtocolError: The answer is not valid.
    """
    deadline = time.monotonic() + seconds
    transport = connect(path, seconds, is_there)
    try:
        channel, answer = _introduce(transport, key, purpose, deadline)
    except BaseException:
        transport.close()
        raise
    if isinstance(answer, Refused):
        channel.close()
    return channel, answer


def _introduce(transport: Transport, key: str, purpose: str, deadline: float) -> tuple[Channel, Welcome | Refused]:
    try:
        left = max(0.0, deadline - time.monotonic())
        is_trusted = authenticate(transport, key, accepted=False, seconds=left)
    except ConnectionError as error:
        raise ChannelClosedError(str(error)) from error
    if not is_trusted:
        raise NotTrustedError(f"the process that listens there {DISTRUST}")
    channel = Channel(transport, limit=HANDSHAKE_LIMIT)
    try:
        channel.send(Hello(PROTOCOL, __version__, purpose, key))
    except ChannelClosedError:
        # It may have refused and closed already; the refusal says more than the broken pipe.
        pass
    answer, _ = channel.receive(max(0.0, deadline - time.monotonic()))
    if isinstance(answer, Welcome):
        channel.peer = answer
        channel.limit = MESSAGE_LIMIT
        return channel, answer
    if isinstance(answer, Refused):
        return channel, answer
    raise ProtocolError(f"a {type(answer).__name__} is not an answer to Hello")
