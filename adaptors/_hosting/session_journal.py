"""Open the journal of a session: it begins with who runs what, and where."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from adaptor_runtime_client import __version__

from ...ipc._files.host import system, this_host
from ...ipc._processes.process_identity import start_time
from .._messages.journal import Journal

if TYPE_CHECKING:
    from .session_setup import SessionSetup

RUN, DAEMON, AFTER_LOSS = "run", "daemon", "cleanup after loss"
"""How a session is run."""


def open_journal(setup: SessionSetup, path: str, mode: str, *, kept: bool = True) -> Journal:
    """Open the journal at ``path`` and write its beginning.

    Args:
        setup: The session.
        path: The file.
        mode: How the session is run.
        kept: The file outlives the session.

    Raises:
        BadInputError: It cannot be written, or belongs to another user.
    """
    journal = Journal(path, kept=kept)
    host = this_host()
    data = setup.shown_init_data()
    journal.begin(
        pid=os.getpid(),
        start_time=start_time(os.getpid()),
        release=__version__,
        adaptor=setup.adaptor_class.__name__,
        mode=mode,
        host=host.name,
        boot=host.boot,
        system=system(),
        versions=setup.versions,
        **({} if data is None else {"init_data": data}),
    )
    return journal
