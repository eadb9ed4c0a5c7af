"""Have the adaptor of a daemon that was lost clean up after it, in a fresh process, where its class asks for that.

The daemon leaves a plan in its session directory. Whoever finds the daemon dead carries it out and removes it, under a
lock. The journal tells whether the daemon itself, or somebody who was killed over it, had come as far as that, so that
``on_cleanup`` is called once at most.
"""

from __future__ import annotations

import json
import os

from adaptor_runtime_client._messages import Log, Output

from ._private_file import NotPrivateError, create_private, locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._connection_file import Connection
    from ._render import Render

COMMAND = "_cleanup"

_PLAN = "recovery.json"
_MARGIN = 15.0
"""Seconds that the fresh process may take beside its hook."""


def leave_plan(directory: str, command: list[str], parameters: dict[str, Any], seconds: float) -> None:
    """Leave in a session directory what is needed to clean up after its daemon.

    Args:
        directory: The session directory.
        command: The author's entry point, to which the hidden command is added.
        parameters: What that command is to know; ``"journal"`` is the path of the session's journal.
        seconds: How long cleanup may take.
    """
    plan = {"command": command, "parameters": parameters, "seconds": seconds, "directory": os.getcwd()}
    with open(create_private(os.path.join(directory, _PLAN)), "wb") as file:
        file.write(json.dumps(plan).encode("ascii"))


def clean_up_after_loss(connection: Connection, render: Render) -> None:
    """Carry out the plan of a daemon that is dead, if it left one and had not called ``on_cleanup`` itself.

    Of several commands that find it dead at once one does so, and the others wait for that.
    """
    if not connection.session_directory:
        return
    path = os.path.join(connection.session_directory, _PLAN)
    try:
        with locked(path, os.path.getsize(path)) as content:
            plan: dict[str, Any] = json.loads(content)
            if not _cleanup_had_begun(plan["parameters"]["journal"]):
                _clean_up(plan, render)
            os.unlink(path)
    except (OSError, NotPrivateError, ValueError):
        return


def _clean_up(plan: dict[str, Any], render: Render) -> None:
    render.emit(Log("WARNING", "the daemon was lost: on_cleanup is called in a fresh process", {}))
    code, said = _carry_out(plan)
    if said:
        render.emit(Output("print"), said)
    if code != 0:
        render.emit(Log("ERROR", f"the cleanup after the loss of the daemon failed with exit code {code}", {}))


def _cleanup_had_begun(journal: str) -> bool:
    """Tell whether the last session in a journal, to which earlier ones may have been written too, came so far."""
    begun = False
    for path in (journal + ".1", journal):
        try:
            with open(path, "rb") as file:
                for line in file:
                    if b'"what": "session"' in line:
                        begun = False
                    elif b'"hook begins"' in line and b'"on_cleanup"' in line:
                        begun = True
        except OSError:
            continue
    return begun


def _carry_out(plan: dict[str, Any]) -> tuple[int, bytes]:
    import subprocess

    data = json.dumps(plan["parameters"]).encode("ascii")
    try:
        finished = subprocess.run(
            [*plan["command"], "daemon", COMMAND],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=plan["directory"],
            timeout=plan["seconds"] + _MARGIN,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return 5, late.output or b""
    except OSError as error:
        return 1, f"{error}\n".encode()
    return finished.returncode, finished.stdout
