"""Files of mode 0600."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import sys

assert sys.platform != "win32"

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

_LOCK_SECONDS = 5.0


KEEPS_DIRECTORY = False
"""Whether a process keeps its working directory from being removed."""


class NotPrivateError(Exception):
    """Another user owns the file, could have written it, or can read it."""


def read_private(path: str, limit: int) -> bytes:
    """Return at most ``limit`` bytes of our private file at ``path``.

    Raises:
        NotPrivateError: It is a link or not a regular file, or other users own it or have access; the text says which.
        OSError: It cannot be read.
    """
    descriptor = _open_private(path)
    try:
        return _content(descriptor, limit)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: str, limit: int) -> Iterator[bytes]:
    """Hold the lock of our private file at ``path`` and yield its content.

    Code that replaces or removes the file does so under this lock, so it is still the same file at the end.

    Raises:
        NotPrivateError, OSError: See ``read_private``.
    """
    descriptor = _open_locked(path)
    try:
        yield _content(descriptor, limit)
    finally:
        os.close(descriptor)


def _content(descriptor: int, limit: int) -> bytes:
    # The system makes room for as much as is asked for, before it reads.
    return os.read(descriptor, min(limit, os.fstat(descriptor).st_size))


def create_private(path: str, *, append: bool = True) -> int:
    """Create a file that only this user can read, and return the descriptor.

    Raises:
        FileExistsError: Something already exists at ``path``, even a link.
    """
    access = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    return os.open(path, access | os.O_APPEND if append else access, 0o600)


def make_private(descriptor: int) -> None:
    """Deny other users access to our open file. Anything but a regular file, such as a terminal, stays as it is.

    Raises:
        NotPrivateError: It belongs to another user.
    """
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return
    if status.st_uid != os.geteuid():
        raise NotPrivateError(f"it belongs to user {status.st_uid}, not to user {os.geteuid()}")
    if status.st_mode & 0o077:
        os.fchmod(descriptor, 0o600)


def close_folder(path: str) -> None:
    """Do nothing: a new temporary folder is open to this user only."""


def protect_folder(path: str) -> None:
    """Ensure that no other user can replace a file in a folder: others cannot write there, or it is sticky.

    Raises:
        NotPrivateError: Others can, and the folder belongs to another user.
        OSError: The folder does not exist.
    """
    status = os.stat(path)
    if status.st_mode & stat.S_ISVTX or not status.st_mode & 0o022:
        return
    if status.st_uid != os.geteuid():
        raise NotPrivateError(
            f"other users can replace files there (mode {stat.S_IMODE(status.st_mode):04o}): chmod +t it"
        )
    os.chmod(path, stat.S_IMODE(status.st_mode) & ~0o022)


def _open_locked(path: str) -> int:
    while True:
        descriptor = _open_private(path, os.O_RDWR)  # network file systems grant exclusive locks only on writable files
        try:
            _lock(descriptor)
            # The former holder of the lock may have put another file in its place meanwhile.
            if os.path.samestat(os.fstat(descriptor), os.lstat(path)):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Lock a file as soon as nobody else holds its lock.

    We hold it for moments only. Whoever holds it longer is a stranger, or a process that is suspended: neither may keep
    a session from its end, so after a while the lock counts no more.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        import threading

        held = threading.Event()
        try:
            threading.Thread(target=_wait_for_lock, args=(descriptor, held), name="lock", daemon=True).start()
        except RuntimeError:  # the system gives no thread to wait on
            return
        held.wait(_LOCK_SECONDS)


def _wait_for_lock(descriptor: int, held: threading.Event) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        pass  # it was closed meanwhile: nobody waits any longer
    held.set()


def _open_private(path: str, access: int = os.O_RDONLY) -> int:
    try:
        # O_NONBLOCK: a named pipe in its place must not block us.
        descriptor = os.open(path, access | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):
            raise NotPrivateError("it is a symbolic link") from None
        raise
    reason = _why_not_private(os.fstat(descriptor))
    if reason is not None:
        os.close(descriptor)
        raise NotPrivateError(reason)
    return descriptor


def _why_not_private(status: os.stat_result) -> str | None:
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file"
    if status.st_uid != os.geteuid():
        return f"it belongs to user {status.st_uid}, not to user {os.geteuid()}"
    if status.st_mode & 0o077:
        return f"other users have access to it (mode {stat.S_IMODE(status.st_mode):04o} instead of 0600)"
    return None


def append_to(path: str) -> int:
    """Open a file to append to, create it if it does not exist, and return the descriptor.

    Raises:
        OSError: It cannot be opened; a named pipe without a reader is rejected instead of waiting for one.
    """
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o600)


def usable_path(path: str) -> str:
    """Return the same path."""
    return path


def remove_file(path: str) -> None:
    """Remove a file.

    Raises:
        OSError: It cannot be removed.
    """
    os.unlink(path)


def replace_content(source: str, target: str) -> None:
    """Put a private file in the place of another one.

    Raises:
        OSError: It cannot be done.
    """
    os.replace(source, target)


def replace(source: str, target: str) -> None:
    """Move a file to the place of another one.

    Raises:
        OSError: It cannot be moved.
    """
    os.replace(source, target)


def remove_tree(path: str) -> None:
    """Remove a folder with its content; what cannot be removed stays."""
    import shutil

    shutil.rmtree(path, ignore_errors=True)
