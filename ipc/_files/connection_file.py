"""The file that names a daemon: where it listens, the key to talk to it, and its progress.

One JSON object, "socket" first. The key in the file shows which daemon owns it: code that changes the file holds its
lock and checks the key, so of two daemons only one can own it.
"""

from __future__ import annotations

import errno
import json
import os

from adaptor_runtime_client._messages import Result
from adaptor_runtime_client._named_tuple import NamedTuple

from .._errors import BadInputError, DaemonAliveError, ElsewhereError, NoDaemonError
from .._processes.process_identity import start_time, wait_gone
from .host import this_host
from .private_file import (
    NotPrivateError,
    create_private,
    locked,
    read_private,
    remove_file,
    replace_content,
    usable_path,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LIMIT = 4 * 1024 * 1024  # it holds the outcomes of tasks that nobody has read

_MOST_PROCESSES = 1 << 31
_LONGEST = 20 * 86_400.0  # seconds; poll(2) takes no more

STARTING = "starting"
READY = "ready"
OVER = "failed"
"""The start failed, or the session has ended. The word is that of the first release, which also reads the file."""

TASK = "task-"
"""How the name of each task begins."""

_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK, errno.EINVAL)
"""What a file system says that has no hard links: on macOS ENOTSUP, another number there, on Windows EINVAL."""


class ConnectionInfo(NamedTuple):
    """Content of a connection file. ``pid`` and ``start_time`` belong to the starter until the daemon is ready.

    ``state`` is "starting", "ready" or "failed"; with the last, ``message`` says how the session ended, and
    ``outcomes`` maps each stream whose result nobody has read to exit code, message, and state; ``view`` lists the
    parts of the spool, position and length, that the reader of the stop has not received. ``stop_seconds`` limits stop
    and cleanup; None if no limit is known. ``adaptor`` names the class. ``host``, ``boot``, and ``namespace`` say where
    ``pid`` is valid. ``journal`` is the file with the records of the session, which may outlive the daemon.
    ``times`` says whether commands print the time in front of each line. ``limits`` has the seconds of each deadline
    and watchdog by its name, None for none, for whoever looks at a daemon that does not answer.
    ``cancel_seconds`` limits the cancel of a hook; None if no limit is known.
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
    adaptor: str = ""
    host: str = ""
    boot: str = ""
    namespace: str = ""
    outcomes: dict[str, Any] | None = None
    view: list[Any] | None = None
    journal: str = ""
    times: bool = False
    cancel_seconds: float | None = None
    limits: dict[str, Any] | None = None

    def outcome(self, stream_id: str) -> Result | None:
        """Return how a request ended, if the daemon left that here."""
        try:
            return Result(*(self.outcomes or {})[stream_id])
        except (KeyError, TypeError):
            return None

    @property
    def last_task(self) -> str | None:
        """The last task whose outcome the daemon left here; None if there is none."""
        tasks = [stream_id for stream_id in self.outcomes or {} if stream_id.startswith(TASK)]
        return tasks[-1] if tasks else None

    @property
    def lifeline(self) -> str:
        """The file that the process keeps locked while it lives."""
        return os.path.join(self.session_directory, f"{self.state}.lock")

    def is_alive(self) -> bool:
        """Return whether the process lives: its lock is held or, if there is no lock, its pid still belongs to it.

        Raises:
            ElsewhereError: The process runs, or ran, where this process cannot see it.
        """
        from . import lifeline  # not needed while the daemon answers

        held = lifeline.is_held(self.lifeline)
        here = this_host()
        if _differ(self.boot, here.boot) and self.host == here.name:
            return False  # the machine was rebooted
        if held is not False:
            self.check_here()
        if held:
            return True
        # Without its lock it may be there still: it has become another program, or the file system has no locks.
        return self.start_time > 0 and start_time(self.pid) == self.start_time

    def check_here(self) -> None:
        """Check that the daemon runs on this machine and in this PID namespace: its pid is valid only there.

        Raises:
            ElsewhereError: It runs elsewhere.
        """
        here = this_host()
        if _differ(self.boot, here.boot) and self.host != here.name:
            raise ElsewhereError(f"the daemon (process {self.pid}) runs on another machine, {self.host}")
        if _differ(self.namespace, here.namespace):
            raise ElsewhereError(f"the daemon (process {self.pid}) runs in another PID namespace")

    def wait_gone(self, seconds: float) -> bool:
        """Wait until the process has ended; return False if it still exists after ``seconds``."""
        seconds = min(seconds, _LONGEST)
        if self.start_time > 0:
            return wait_gone(self.pid, self.start_time, seconds)
        from . import lifeline

        return lifeline.wait_released(self.lifeline, seconds)


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)


class NotAConnectionFileError(BadInputError):
    """The file has other content, or has lost a part of it."""


class UnusableFileError(BadInputError):
    """A connection file is not read, whatever is in it, or cannot be written."""


def read(path: str) -> ConnectionInfo:
    """Return the content of the connection file at ``path``.

    Raises:
        NoDaemonError: The file does not exist.
        UnusableFileError: It is a link, owned by another user, or others can read it.
        BadInputError: The file is malformed.
    """
    try:
        return _parse(path, read_private(path, _LIMIT))
    except FileNotFoundError:
        raise NoDaemonError(
            f"the connection file {path} does not exist: no daemon was started, or it has stopped; "
            "start one with 'daemon start'"
        ) from None
    except (NotPrivateError, OSError) as error:
        raise _unusable(path, error) from None


def claim(path: str, connection: ConnectionInfo) -> ConnectionInfo | None:
    """Create the connection file at ``path`` for a daemon that is about to start; only one of several claims succeeds.

    Take over the file of a daemon that has exited or failed to start, and return its former content.

    Raises:
        DaemonAliveError: The file belongs to a daemon that is alive or starting.
        BadInputError: Something else is in the way, or the file cannot be written.
    """
    try:
        setup = _prepare(path, connection)
        try:
            while not _publish(setup, path):
                present = _take_over(setup, path)
                if present is not None:
                    return present
                # The file in the way has vanished in the meantime.
        finally:
            _discard(setup)
    except (NotPrivateError, OSError) as error:
        raise _unusable(path, error) from None
    return None


def write(path: str, connection: ConnectionInfo, *, create: bool = True) -> None:
    """Replace the content of the connection file that was claimed with the same key.

    Args:
        path: The connection file.
        connection: Its new content.
        create: Also write the file if it has vanished.

    Raises:
        DaemonAliveError: The file now belongs to another daemon.
        BadInputError: Something else is in its place, or the file cannot be written.
    """
    try:
        setup = _prepare(path, connection)
        try:
            while not _replace(setup, path, connection):
                if not create or _publish(setup, path):
                    break
        finally:
            _discard(setup)
    except (NotPrivateError, OSError) as error:
        raise _unusable(path, error) from None


def remove(path: str, connection: ConnectionInfo) -> bool:
    """Remove the connection file if it still has the key of ``connection``; return whether it had."""
    try:
        with locked(path, _LIMIT) as content:
            if _parse(path, content).key != connection.key:
                return False
            remove_file(path)
    except (BadInputError, NotPrivateError, OSError):
        return False
    return True


def _prepare(path: str, connection: ConnectionInfo) -> str:
    # Next to the file, so that it can be linked or moved into place in one step.
    setup = f"{path}.{os.urandom(8).hex()}.tmp"
    descriptor = create_private(setup)
    try:
        with open(descriptor, "wb") as file:
            file.write(json.dumps(connection._asdict()).encode("ascii") + b"\n")
    except BaseException:
        _discard(setup)
        raise
    return setup


def _discard(setup: str) -> None:
    try:
        os.unlink(usable_path(setup))
    except FileNotFoundError:
        pass


def _publish(setup: str, path: str) -> bool:
    try:
        os.link(usable_path(setup), usable_path(path))
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _publish_without_links(setup, path)
    return True


def _publish_without_links(setup: str, path: str) -> bool:
    # First create the name exclusively; for a moment, a reader sees an empty file.
    try:
        os.close(create_private(path))
    except FileExistsError:
        return False
    replace_content(setup, path)
    return True


def _take_over(setup: str, path: str) -> ConnectionInfo | None:
    try:
        with locked(path, _LIMIT) as content:
            present = _parse(path, content)
            if present.state != OVER and _is_alive(path, present):
                raise DaemonAliveError(_alive(path, present))
            replace_content(setup, path)
            return present
    except FileNotFoundError:
        return None


def _is_alive(path: str, present: ConnectionInfo) -> bool:
    try:
        return present.is_alive()
    except ElsewhereError as error:
        hint = "use another file, or remove this one if that daemon no longer exists"
        raise DaemonAliveError(f"{error}, according to the connection file {path}: {hint}") from None


def _replace(setup: str, path: str, connection: ConnectionInfo) -> bool:
    try:
        with locked(path, _LIMIT) as content:
            present = _parse(path, content)
            if present.key != connection.key:
                raise DaemonAliveError(f"the connection file {path} now belongs to process {present.pid}")
            replace_content(setup, path)
    except FileNotFoundError:
        return False
    return True


def _parse(path: str, content: bytes) -> ConnectionInfo:
    try:
        fields = json.loads(content.decode("utf-8"))
        connection = ConnectionInfo(**{name: fields[name] for name in ConnectionInfo._fields if name in fields})
    except (ValueError, TypeError, RecursionError):
        connection = None
    if connection is None or not _well_formed(connection):
        text = f"{path} is not a daemon's connection file: use another --connection-file, or remove it"
        raise NotAConnectionFileError(text)
    return connection


def _well_formed(connection: ConnectionInfo) -> bool:
    numbers = type(connection.pid) is int and type(connection.start_time) in (int, float)
    limits = [connection.stop_seconds, connection.cancel_seconds]
    limits += connection.limits.values() if isinstance(connection.limits, dict) else [connection.limits]
    numbers = numbers and 0 < connection.pid < _MOST_PROCESSES
    texts = connection[:2] + connection[4:8] + connection[9:13] + connection[15:16]
    known = connection.state in (STARTING, READY, OVER) and all(map(_is_limit, limits))
    ended = isinstance(connection.outcomes, (dict, type(None))) and isinstance(connection.view, (list, type(None)))
    return numbers and known and ended and all(isinstance(text, str) for text in texts) and _names_paths(connection)


def _is_limit(seconds: object) -> bool:
    return seconds is None or (type(seconds) in (int, float) and seconds == seconds)  # noqa: PLR0124  NaN is not


def _names_paths(connection: ConnectionInfo) -> bool:
    # A path that no file system accepts raises something other than OSError when it is used.
    try:
        return all(
            b"\0" not in os.fsencode(path)
            for path in (connection.socket, connection.session_directory, connection.journal)
        )
    except UnicodeEncodeError:
        return False


def _alive(path: str, present: ConnectionInfo) -> str:
    if present.state == STARTING:
        return f"process {present.pid} is starting a daemon with the connection file {path}: wait for it"
    return (
        f"the daemon of the connection file {path} is alive (process {present.pid}): "
        "end it with 'daemon stop', or use another --connection-file"
    )


def _unusable(path: str, error: Exception) -> UnusableFileError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return UnusableFileError(f"the connection file {path} cannot be used: {reason}")
