"""The file that names a daemon: where it listens, the key to talk to it, and how far it is.

One JSON object, "socket" first. A daemon owns its file by the key in it: whoever changes the file holds the file's lock
and looks at the key, so that of two daemons only one can ever have it.
"""

from __future__ import annotations

import errno
import json
import os

from adaptor_runtime_client._named_tuple import NamedTuple

from ._errors import BadInputError, DaemonAliveError, NoDaemonError
from ._private_file import NotPrivateError, create_private, locked, read_private
from ._process_identity import start_time

_LIMIT = 64 * 1024

STARTING = "starting"
READY = "ready"
FAILED = "failed"

# What file systems without hard links answer.
_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK)


class Connection(NamedTuple):
    """Content of a connection file. ``pid`` and ``start_time`` are the starter's until the daemon is ready.

    ``state`` is "starting", "ready" or "failed"; ``message`` says why it failed. ``stop_seconds`` is how long stop and
    cleanup may take; None where nobody has said so.
    """

    socket: str
    key: str
    pid: int
    start_time: float
    release: str
    session_directory: str
    state: str = STARTING
    message: str = ""
    stop_seconds: float | None = None

    def is_alive(self) -> bool:
        """Return True if the process that wrote the file is still there."""
        return start_time(self.pid) == self.start_time


def read(path: str) -> Connection:
    """Return the content of the connection file at ``path``.

    Raises:
        NoDaemonError: if there is no such file.
        BadInputError: if it is garbage, a link, foreign, or readable by others.
    """
    try:
        return _parse(path, read_private(path, _LIMIT))
    except FileNotFoundError:
        raise NoDaemonError(
            f"there is no connection file {path}: the daemon was not started, or has been stopped; "
            "start one with 'daemon start'"
        ) from None
    except (NotPrivateError, OSError) as error:
        raise _unusable(path, error) from None


def claim(path: str, connection: Connection) -> Connection | None:
    """Create the connection file at ``path`` for a daemon that is about to start; of several claims one succeeds.

    A file of a daemon that is gone or has failed to start is taken over, and what it said is returned.

    Raises:
        DaemonAliveError: if the file belongs to a daemon that is alive, or about to be.
        BadInputError: if something else is in the way, or the file cannot be written.
    """
    try:
        prepared = _prepare(path, connection)
        try:
            while not _publish(prepared, path):
                present = _take_over(prepared, path)
                if present is not None:
                    return present
                # The file that was in the way has vanished in between.
        finally:
            _discard(prepared)
    except (NotPrivateError, OSError) as error:
        raise _unusable(path, error) from None
    return None


def write(path: str, connection: Connection) -> None:
    """Replace the content of the connection file that was claimed with the same key; create it if it has vanished.

    Raises:
        DaemonAliveError: if the file belongs to another daemon by now.
        BadInputError: if something else is in its place, or the file cannot be written.
    """
    try:
        prepared = _prepare(path, connection)
        try:
            while not (_replace(prepared, path, connection) or _publish(prepared, path)):
                pass
        finally:
            _discard(prepared)
    except (NotPrivateError, OSError) as error:
        raise _unusable(path, error) from None


def remove(path: str, connection: Connection) -> bool:
    """Remove the connection file if it is still the one with the key of ``connection``; return whether it was."""
    try:
        with locked(path, _LIMIT) as content:
            if _parse(path, content).key != connection.key:
                return False
            os.unlink(path)
    except (BadInputError, NotPrivateError, OSError):
        return False
    return True


def _prepare(path: str, connection: Connection) -> str:
    # Beside the file, so that it can be linked or moved into place in one step.
    prepared = f"{path}.{os.urandom(8).hex()}.tmp"
    descriptor = create_private(prepared)
    try:
        with open(descriptor, "wb") as file:
            file.write(json.dumps(connection._asdict()).encode("ascii") + b"\n")
    except BaseException:
        _discard(prepared)
        raise
    return prepared


def _discard(prepared: str) -> None:
    try:
        os.unlink(prepared)
    except FileNotFoundError:
        pass


def _publish(prepared: str, path: str) -> bool:
    try:
        os.link(prepared, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _publish_without_links(prepared, path)
    return True


def _publish_without_links(prepared: str, path: str) -> bool:
    # The name is taken exclusively first; for a moment a reader sees an empty file.
    try:
        os.close(create_private(path))
    except FileExistsError:
        return False
    os.replace(prepared, path)
    return True


def _take_over(prepared: str, path: str) -> Connection | None:
    try:
        with locked(path, _LIMIT) as content:
            present = _parse(path, content)
            if present.state != FAILED and present.is_alive():
                raise DaemonAliveError(_alive(path, present))
            os.replace(prepared, path)
            return present
    except FileNotFoundError:
        return None


def _replace(prepared: str, path: str, connection: Connection) -> bool:
    try:
        with locked(path, _LIMIT) as content:
            present = _parse(path, content)
            if present.key != connection.key:
                raise DaemonAliveError(f"the connection file {path} was taken over by process {present.pid}")
            os.replace(prepared, path)
    except FileNotFoundError:
        return False
    return True


def _parse(path: str, content: bytes) -> Connection:
    try:
        fields = json.loads(content.decode("utf-8"))
        connection = Connection(**{name: fields[name] for name in Connection._fields if name in fields})
    except (ValueError, TypeError, RecursionError):
        connection = None
    if connection is None or not _well_formed(connection):
        raise BadInputError(
            f"{path} is not a connection file of a daemon: give another --connection-file, or remove it"
        )
    return connection


def _well_formed(connection: Connection) -> bool:
    numbers = type(connection.pid) is int and type(connection.start_time) in (int, float)
    texts = connection[:2] + connection[4:8]
    known = connection.state in (STARTING, READY, FAILED) and type(connection.stop_seconds) in (int, float, type(None))
    return numbers and known and all(isinstance(text, str) for text in texts) and _names_paths(connection)


def _names_paths(connection: Connection) -> bool:
    # What the file system cannot take is no OSError where it is used.
    try:
        return all(b"\0" not in os.fsencode(path) for path in (connection.socket, connection.session_directory))
    except UnicodeEncodeError:
        return False


def _alive(path: str, present: Connection) -> str:
    if present.state == STARTING:
        return f"a daemon is being started with the connection file {path} (by process {present.pid}): wait for it"
    return (
        f"the daemon of the connection file {path} is alive (process {present.pid}): "
        "end it with 'daemon stop', or give another --connection-file"
    )


def _unusable(path: str, error: Exception) -> BadInputError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return BadInputError(f"the connection file {path} cannot be used: {reason}")
