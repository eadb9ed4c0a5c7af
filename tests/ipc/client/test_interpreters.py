"""The client in each Python that an application may bring, against a server in the Python of the tests."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import adaptor_runtime_client
import pytest
from adaptor_runtime.ipc import ActionFailedError
from adaptor_runtime_client import Action
from application_link import ASKED, PROGRAM, SECONDS, SERVING_PROGRAM

PACKAGE = Path(adaptor_runtime_client.__file__).parent
INSTALLED = Path("~/.pyenv/versions").expanduser()  # read before the tests get a home directory of their own
RUNNING = "{}.{}".format(*sys.version_info)
VERSIONS = ["3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]
ARGS = {
    "text": "é 🎬 \udcff \ud800 \u2028 \0",
    "numbers": [0, -1, 1.5, 1e300, 2**70, None, True],
    "deep": {"a": [{"b": [[]]}]},
    "many": "x" * 1_000_000,
}
NO_EVENTS = pytest.mark.not_wine("GenerateConsoleCtrlEvent fails there: no application can be asked to end")
RULE = {
    "source_path_format": "POSIX",
    "source_path": "/from",
    "destination_path": "/to",
    "destination_os": "linux",
}


def interpreter(version):
    if version == RUNNING:
        return sys.executable
    installed = sorted(INSTALLED.glob(f"{version}.*/bin/python"))
    return str(installed[-1]) if installed else shutil.which(f"python{version}")


@pytest.fixture(params=VERSIONS if RUNNING in VERSIONS else [*VERSIONS, RUNNING])
def python(request):
    """Give the command of an interpreter that finds only its standard library, and takes a warning for an error."""
    found = interpreter(request.param)
    if found is None:
        pytest.skip(f"Python {request.param} is not installed")
    return [found, "-I", "-B", "-S", "-X", "dev", "-W", "error"]


@pytest.fixture
def folder(tmp_path):
    """Give a folder of an application, into which the client was copied."""
    shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    return shutil.copy(PROGRAM, tmp_path)


@pytest.fixture
def begin(start, python, folder):
    def begin(loop="poll"):
        program = Path(folder)
        return start(python=python, program=program, folder=program.parent, loop=loop)

    return begin


@pytest.fixture
def perform(actions_queue):
    def perform(name, **args):
        return actions_queue.enqueue_action(Action(name, args)).result(SECONDS)

    return perform


@pytest.mark.parametrize("loop", ["poll", "ticks"])
def test_an_application_performs_actions_and_maps_paths(begin, perform, actions_queue, loop):
    application = begin(loop)
    assert perform("echo", **ARGS) == ARGS
    assert perform("map", paths=["/from/a", "/from/b 🎬", "/from/\udcff", "/from/a"]) == [
        *("/to/a", "/to/b 🎬", "/to/\udcff", "/to/a")
    ]
    assert perform("rules") == [RULE]
    with pytest.raises(ActionFailedError, match="'fail' failed in the application: KeyError: 'no such key'") as caught:
        perform("fail", **{"go on": True})
    assert "Traceback" in caught.value.traceback
    assert "sample_application.py" in caught.value.traceback
    with pytest.raises(ActionFailedError, match="LookupError: the application has no action 'dance'"):
        perform("dance")
    futures = [actions_queue.enqueue_action(Action("echo", {"number": number})) for number in range(300)]
    assert [future.result(SECONDS)["number"] for future in futures] == list(range(300))
    assert perform("foreign_modules") == []
    assert actions_queue.enqueue_action(Action("close")).result(SECONDS) is None
    assert application.wait() == 0
    assert application.stdout.endswith("polled\n")
    [complaint] = application.stderr.splitlines()
    assert "the actions dictionary has no such action" in complaint


@pytest.mark.parametrize("loop", ["ticks", "thread"])
def test_an_application_serves_its_adaptor(start, python, tmp_path, actions_queue, loop):
    shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    application = start(python=python, program=shutil.copy(SERVING_PROGRAM, tmp_path), folder=tmp_path, loop=loop)

    def call(name, on_progress=None, **data):
        return actions_queue.enqueue_action(Action(name, data), on_progress=on_progress)

    told = []
    assert call("echo", **ARGS).result(SECONDS) == ARGS
    assert call("load", scene="/from/a").result(SECONDS) == "/to/a"
    with pytest.raises(ActionFailedError, match="KeyError: 'no light'") as caught:
        call("fail", text="no light").result(SECONDS)
    assert caught.value.place.endswith(" in fail")
    assert call("steps", lambda *progress: told.append(progress), count=2).result(SECONDS) == "done"
    assert told == [(0, "even"), (50, "odd"), (100, "even")]
    future = call("wait_for_cancel", end="raise")
    application.read_until("waiting")
    future.withdraw(RuntimeError("canceled"))
    assert future.wait_until_given_back(SECONDS)
    assert call("close").result(SECONDS) is None
    assert (application.wait(), application.stderr) == (0, "")


def test_an_application_maps_paths_in_one_thread_while_another_waits_for_actions(begin, perform):
    application = begin()
    perform("map_meanwhile", paths=[f"/from/{number}" for number in range(100)])
    assert "'/to/99'" in application.read_until("mapped meanwhile")
    perform("close")
    assert (application.wait(), application.stderr) == (0, "")


@NO_EVENTS
def test_an_application_that_is_asked_to_end_shuts_down_gracefully(begin, perform):
    application = begin()
    assert perform("echo") == {}
    application.ask_to_end()
    assert (application.wait(), application.stderr) == (3, "")
    assert f"signal {ASKED.value} /to/the handler\n" in application.stdout


def test_an_application_without_its_adaptor_ends_with_an_error_that_says_so(begin, server):
    application = begin()
    server.shutdown()
    assert application.wait() == 1
    assert "AdaptorGoneError: " in application.stderr


def test_the_client_may_be_copied_into_another_package(tmp_path, server):
    folder = tmp_path / "studio" / "vendored"
    shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    program = f"""if True:
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        from studio.vendored.adaptor_runtime_client import ClientInterface
        class Application(ClientInterface):
            def close(self, args): pass
            def graceful_shutdown(self, signum, frame): pass
        print(Application({server.server_path!r}).map_path("/from/a"))
        print("adaptor_runtime_client" in sys.modules)
    """
    command = [sys.executable, "-I", "-S", "-c", program]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=SECONDS).stdout
    assert said.splitlines()[-2:] == ["/to/a", "False"]


def test_the_package_itself_loads_only_what_loads_its_names():
    program = "import sys; before = set(sys.modules); import adaptor_runtime_client; print(set(sys.modules) - before)"
    finished = subprocess.run(
        [sys.executable, "-S", "-c", program], check=True, capture_output=True, text=True, cwd=PACKAGE.parent
    )
    loaded = set(finished.stdout.strip("{}'\n").split("', '"))
    assert loaded <= {"adaptor_runtime_client", "adaptor_runtime_client._lazy_face", "__future__"}
