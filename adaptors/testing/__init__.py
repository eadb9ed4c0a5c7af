"""Test an adaptor: whole sessions in this process or in a real daemon, fake applications, and saved logs.

It works with any test runner. With pytest, the fixtures ``adaptor_session``, ``daemon_session``, and
``fake_application`` are there as soon as the package is installed. Names are loaded on first use.
"""

from __future__ import annotations

from adaptor_runtime_client._lazy_face import lazy_face

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._adaptor_session import AdaptorSession, Call
    from ._call_outcome import CallOutcome, SessionFailedError
    from ._fake_application import FakeApplication
    from ._replay import Replay, ReplayEvent, TakesLines, replay
    from ._sessions import daemon_session, session

__all__ = [
    "AdaptorSession",
    "Call",
    "CallOutcome",
    "FakeApplication",
    "Replay",
    "ReplayEvent",
    "SessionFailedError",
    "TakesLines",
    "daemon_session",
    "replay",
    "session",
]

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "AdaptorSession": "._adaptor_session",
        "Call": "._adaptor_session",
        "CallOutcome": "._call_outcome",
        "FakeApplication": "._fake_application",
        "Replay": "._replay",
        "ReplayEvent": "._replay",
        "SessionFailedError": "._call_outcome",
        "TakesLines": "._replay",
        "daemon_session": "._sessions",
        "replay": "._replay",
        "session": "._sessions",
    },
)
