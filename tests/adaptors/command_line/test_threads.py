"""The system has no thread for a command or a daemon."""

from __future__ import annotations

import os

import pytest

pytestmark = [pytest.mark.faults("Resources"), pytest.mark.unmeasured]

SHORT_OF_THREADS = """
import _thread, os

place, first, last = os.environ.get("SHORT", "- 0 0").split()
if place == "here":
    os.environ.pop("SHORT")
    former, count = _thread.start_new_thread, 0

    def start_new_thread(*args, **kwargs):
        global count
        count += 1
        if int(first) <= count <= int(last):
            raise RuntimeError("can't start new thread")
        return former(*args, **kwargs)

    _thread.start_new_thread = _thread.start_new = start_new_thread
elif place == "child":
    os.environ["SHORT"] = f"here {first} {last}"
"""
LASTING = pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
HOOKS = ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"]
APPLICATION = {"on_run": {"application": "print('said')"}}


@pytest.fixture
def short(command_line):
    folder = command_line.directory / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(SHORT_OF_THREADS)
    command_line.environment["PYTHONPATH"] += os.pathsep + str(folder)
    return command_line


def scarce(number, lasting, place="here"):
    return {"SHORT": f"{place} {number} {1000 if lasting else number}"}


@LASTING
@pytest.mark.parametrize("number", range(1, 13))
def test_a_run_that_gets_no_thread_ends_with_one_line(short, number, lasting):
    run = short.run({}, APPLICATION, **scarce(number, lasting))
    assert run.exit_code in {0, 1}
    if not short.calls:
        assert run.lines == run.failures
        assert "can't start new thread" in run.failures[0]
    else:
        assert short.calls[-1] == "on_cleanup"
        assert ("on_start" in short.calls) == ("on_stop" in short.calls)


@LASTING
@pytest.mark.parametrize("place", ["here", "child"])
@pytest.mark.parametrize("number", range(1, 13))
def test_a_start_that_gets_no_thread_ends_with_one_line(short, number, place, lasting):
    start = short.start(**scarce(number, lasting, place))
    assert start.exit_code in {0, 1, 4}
    if start.exit_code == 0:
        assert short.task(APPLICATION).exit_code in {0, 1, 4}
    if short.connection_file.exists():
        assert short.stop().exit_code == 0
    assert short.calls == [] or short.calls[-1] == "on_cleanup"


@LASTING
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_task_and_a_stop_whose_commands_get_no_thread_end_with_one_line(short, number, lasting):
    assert short.start().exit_code == 0
    task = short.task(APPLICATION, **scarce(number, lasting))
    assert task.exit_code in {0, 1}
    assert task.exit_code == 0 or task.lines == task.failures
    stop = short.stop(**scarce(number, lasting))
    assert stop.exit_code in {0, 1}
    assert stop.exit_code == 0 or stop.lines == stop.failures
    if stop.exit_code:
        assert short.stop().exit_code == 0
    assert short.calls[-2:] == HOOKS[-2:]
