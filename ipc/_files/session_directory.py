"""The private directory of one daemon: its sockets, its journal, its spool."""

from __future__ import annotations

import os

from adaptor_runtime_client._named_tuple import NamedTuple
from adaptor_runtime_client._transport import address

from .private_file import NotPrivateError, close_folder, create_private, read_private, remove_tree

JOURNAL = "journal.jsonl"
"""The file for the lifecycle records of a session that was given none."""

PREFIX = "adaptor-runtime-"
_NOTE = "connection-file"
_NOTE_LIMIT = 64 * 1024

# The kernel accepts 108 bytes on Linux and 104 on macOS, including the final zero.
_ADDRESS_LIMIT = 100
_LONGEST_NAME = "application"


class SessionDirectory(NamedTuple):
    """``path`` holds the files; ``socket_directory`` holds the sockets and differs if ``path`` is too long for them."""

    path: str
    socket_directory: str

    def socket(self, name: str) -> str:
        """Return the address for the listener ``name``, at most as long as "application"."""
        return address(self.socket_directory, name)


def create() -> SessionDirectory:
    """Create a directory that only this user can enter, with an unpredictable name.

    Raises:
        OSError: No temporary directory is writable.
    """
    import tempfile

    # Not in $XDG_RUNTIME_DIR: that is in memory, and disappears at logout.
    path = tempfile.mkdtemp(prefix=PREFIX, dir=os.path.abspath(tempfile.gettempdir()))
    close_folder(path)
    if len(os.fsencode(address(path, _LONGEST_NAME))) <= _ADDRESS_LIMIT:
        return SessionDirectory(path, path)
    try:
        return SessionDirectory(path, tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))
    except BaseException:
        os.rmdir(path)
        raise


def note_connection_file(directory: SessionDirectory, path: str) -> None:
    """Record the path of the connection file in the session directory, for ``connection_files``."""
    with open(create_private(os.path.join(directory.path, _NOTE)), "wb") as file:
        file.write(os.fsencode(path))


def connection_files(directory: str | None = None) -> list[str]:
    """Return the connection files recorded in this user's session directories.

    Args:
        directory: The temporary directory they are in; None for that of this process.
    """
    import glob
    import tempfile

    found = []
    folder = glob.escape(directory or tempfile.gettempdir())
    for note in sorted(glob.glob(os.path.join(folder, PREFIX + "*", _NOTE))):
        try:
            path = os.fsdecode(read_private(note, _NOTE_LIMIT))
        except (NotPrivateError, OSError):
            continue  # it belongs to another user, or is gone by now
        if path and "\0" not in path:  # it may not be written yet, or ever
            found.append(path)
    return found


def remove(directory: SessionDirectory, *, keep: str | None = None) -> None:
    """Remove the directory and its content; what cannot be removed stays.

    Args:
        directory: A directory that ``create`` made.
        keep: A file to keep, if it is in the directory: the connection file of a session whose outcome nobody has read.

    Raises:
        ValueError: ``create`` did not make it.
    """
    from .lifeline import let_go  # a command that removes nothing saves it

    # The path may come from a file: never remove a foreign directory because of it.
    for path in dict.fromkeys(directory):
        if not os.path.basename(path).startswith(PREFIX):
            raise ValueError(f"{path} is not a session directory")
        let_go(path)
        if keep is not None and _compared(os.path.dirname(keep)) == _compared(path) and os.path.exists(keep):
            _remove_all_but(path, os.path.basename(keep))
        else:
            remove_tree(path)


def _compared(path: str) -> str:
    return os.path.normcase(os.path.abspath(path))


def _remove_all_but(path: str, name: str) -> None:
    for entry in os.listdir(path):
        if os.path.normcase(entry) != os.path.normcase(name):
            try:
                os.unlink(os.path.join(path, entry))
            except OSError:
                pass


def remove_named(path: str, address_of_daemon: str) -> None:
    """Remove the directory that a connection file names, but only if it is a session directory.

    Args:
        path: The session directory according to the file.
        address_of_daemon: Where the daemon listened, possibly in a separate directory.
    """
    if path:
        try:
            remove(SessionDirectory(path, os.path.dirname(address_of_daemon) or path))
        except ValueError:
            pass  # leave it alone
