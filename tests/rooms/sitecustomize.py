"""Write down which function of ours is called, on which thread, for ``measure.py``. Python loads this by itself."""

from __future__ import annotations

import os
import sys
import threading

_FOLDER = os.environ.get("TRACE_ROOMS")
_OURS = ("adaptor_runtime.", "adaptor_runtime_client.")


def _note(frame, event, _argument):
    name = frame.f_globals.get("__name__", "")
    if event == "call" and name.startswith(_OURS) and ".examples" not in name:
        os.write(_descriptor, f"{threading.get_ident()} {name}\n".encode())


if _FOLDER:
    _descriptor = os.open(os.path.join(_FOLDER, str(os.getpid())), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    sys.setprofile(_note)
    threading.setprofile(_note)
