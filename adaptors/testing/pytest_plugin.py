"""The fixtures for pytest, which finds them as soon as the package is installed.

Every run of pytest in such an environment imports this module, so it imports nothing else before a fixture is used.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ._adaptor_session import AdaptorSession
    from ._fake_application import FakeApplication

_SESSIONS = f"{__package__}._adaptor_session"


# At its end, a session restores the environment that it began with. So sessions ask for `monkeypatch`, which then is
# undone after them, in whatever order a test names its fixtures.


@pytest.fixture
def adaptor_session(
    monkeypatch: pytest.MonkeyPatch,  # noqa: ARG001  as above
) -> Iterator[Callable[..., AdaptorSession]]:
    """Start sessions of an adaptor in this process; they are stopped and cleaned up after the test.

    ``adaptor_session(MyAdaptor, init_data={...})`` takes the arguments of ``adaptor_runtime.testing.session`` and
    returns a session that has started: ``run({...})``, ``cancel()``, ``progress``, ``statuses``, ``lines``.
    """
    from . import session

    yield from _started(session)


@pytest.fixture
def daemon_session(
    monkeypatch: pytest.MonkeyPatch,  # noqa: ARG001  as above
) -> Iterator[Callable[..., AdaptorSession]]:
    """Start sessions of an adaptor in real daemons, by real commands; they are stopped and cleaned up after the test.

    ``daemon_session(MyAdaptor, init_data={...})`` takes the arguments of ``adaptor_runtime.testing.daemon_session`` and
    returns the same as ``adaptor_session``.
    """
    from . import daemon_session as make

    yield from _started(make)


@pytest.fixture
def fake_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeApplication]:
    """Make applications that do what a test says, as executables that are found in the PATH during the test.

    ``fake_application("blender").says("Fra:1").waits(0.1).exits(3)`` returns an
    ``adaptor_runtime.testing.FakeApplication``; ``path`` is its executable, ``command`` a command that starts it.
    """
    from . import FakeApplication

    folder = tmp_path / "fake applications"

    def make(name: str = "application") -> FakeApplication:
        return FakeApplication().install(folder, name)

    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return make


def _started(make: Callable[..., AdaptorSession]) -> Iterator[Callable[..., AdaptorSession]]:
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(adaptor: Any, **options: Any) -> AdaptorSession:
            __tracebackhide__ = True
            return stack.enter_context(make(adaptor, **options))

        yield start


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> None:
    """Show the output of the sessions in the report of a test that failed."""
    sessions = sys.modules.get(_SESSIONS)
    if sessions is None or not sessions.opened:
        return
    if call.when == "call" and call.excinfo is not None and call.excinfo.typename != "SessionFailedError":
        for reference in sessions.opened:
            session = reference()
            if session is not None:
                item.add_report_section("call", f"output of {session!r}", session.text)
    if call.when == "teardown":
        sessions.opened.clear()
