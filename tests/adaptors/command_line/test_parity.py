"""The interface that adaptors of the reference runtime rely on, row by row; where this one differs, how it does."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import logging
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import adaptor_runtime
import adaptor_runtime.adaptors as adaptors_package
import adaptor_runtime_client
import psutil
import pytest
import yaml
from adaptor_runtime import EntryPoint
from adaptor_runtime.adaptors import (
    Adaptor,
    AdaptorConfigurationOptions,
    AdaptorDataValidator,
    AdaptorDataValidators,
    AdaptorState,
    BaseAdaptor,
    CommandAdaptor,
    PathMappingRule,
    SemanticVersion,
)
from adaptor_runtime.adaptors._hosting.class_check import check_class
from adaptor_runtime.adaptors.configuration import (
    AdaptorConfiguration,
    Configuration,
    ConfigurationManager,
    RuntimeConfiguration,
    create_adaptor_configuration_manager,
)
from adaptor_runtime.app_handlers import RegexCallback, RegexHandler
from adaptor_runtime.application_ipc import ActionsQueue, AdaptorServer
from adaptor_runtime.ipc import BadInputError
from adaptor_runtime.process import LoggingSubprocess, ManagedProcess, StreamLogger
from adaptor_runtime_client import Action, ClientInterface
from patience import SECONDS
from private_files import is_private
from process_signal import send_signal
from program_ends import ASKED, KILLED
from small_shell import shell_command

ROWS = [
    *(f"P{number}" for number in range(1, 5)),
    "names",
    *(f"E{number}" for number in range(1, 8)),
    *("no command", "show-config", "version-info", "is-compatible", "run", "daemon", "data", "connection file", "help"),
    "exit codes",
    *(f"L{number}" for number in range(1, 10)),
    *(f"V{number}" for number in range(1, 6)),
    *(f"C{number}" for number in range(1, 8)),
    *(f"S{number}" for number in range(1, 6)),
    *(f"A{number}" for number in range(1, 7)),
    *(f"D{number}" for number in range(1, 8)),
    *("variables", "messages"),
]
CHECKS = {}
POSIX_ONLY = {
    "A6": pytest.mark.posix("becomes another user"),
    "D1": pytest.mark.posix("the socket is a file in a folder"),
    "D5": pytest.mark.posix("sessions and groups of processes"),
}


def row(name):
    def add(check):
        assert name not in CHECKS
        CHECKS[name] = check
        return check

    return add


def test_each_row_is_checked():
    assert list(CHECKS) == ROWS


@pytest.mark.parametrize("name", [pytest.param(name, marks=POSIX_ONLY.get(name, ())) for name in ROWS])
def test_the_interface_is_here(name, command_line):
    CHECKS[name](command_line)


class Sample(Adaptor):
    integration_data_interface_version = SemanticVersion(1, 3)

    def on_run(self, run_data):
        pass


class Closing(ClientInterface):
    def __init__(self, path):
        super().__init__(path)
        self.actions["double"] = lambda args: args["value"] * 2
        self.closed = False

    def close(self, args):
        self.closed = True

    def graceful_shutdown(self, signum, frame):
        self.closed = True


# Package


@row("P1")
def _(command_line):
    for package in (adaptor_runtime, adaptor_runtime_client):
        assert (Path(package.__file__).parent / "py.typed").is_file()
    metadata = importlib.metadata.metadata("adaptor-runtime")
    assert metadata["Requires-Python"] == ">=3.9"
    assert metadata["License-Expression"] == "Apache-2.0"


@row("P2")
def _(command_line):
    needed = {
        re.split("[ ;<>=!]", line)[0] for line in importlib.metadata.requires("adaptor-runtime") if "extra" not in line
    }
    assert {"attrs", "click", "structlog", "transitions", "PyYAML"} <= needed
    assert "pywin32" not in needed


@row("P3")
def _(command_line):
    """The folder that holds the client holds nothing else, and loads nothing from elsewhere."""
    folder = Path(adaptor_runtime.__file__).parents[0]
    folder = Path(importlib.import_module("adaptor_runtime.ipc").__file__).parent / "client"
    assert [path.name for path in folder.iterdir() if path.name != "__pycache__"] == ["adaptor_runtime_client"]
    program = "import adaptor_runtime_client as c, sys; c.ClientInterface; print(c.__file__, 'attr' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout == f"{folder / 'adaptor_runtime_client' / '__init__.py'} False\n"


@row("P4")
def _(command_line):
    version = importlib.metadata.version("adaptor-runtime")
    for package in ("adaptor_runtime", "adaptor_runtime_client"):
        assert importlib.import_module(package).__version__ == version
        assert importlib.import_module(f"{package}._version").version == version


@row("names")
def _(command_line):
    names = {
        "adaptor_runtime": "EntryPoint",
        "adaptor_runtime.adaptors": "Adaptor CommandAdaptor BaseAdaptor AdaptorConfigurationOptions"
        " AdaptorDataValidator AdaptorDataValidators AdaptorRunner AdaptorState PathMappingRule SemanticVersion"
        " EntryPoint ManagedProcess LoggingSubprocess RegexHandler RegexCallback",
        "adaptor_runtime.adaptors.configuration": "AdaptorConfiguration Configuration ConfigurationManager"
        " RuntimeConfiguration",
        "adaptor_runtime.process": "LoggingSubprocess ManagedProcess StreamLogger",
        "adaptor_runtime.app_handlers": "RegexCallback RegexHandler",
        "adaptor_runtime.application_ipc": "ActionsQueue AdaptorServer",
        "adaptor_runtime.ipc": "ActionsQueue AdaptorServer",
        "adaptor_runtime.statemachine": "AdaptorState Lifecycle",
        "adaptor_runtime_client": "Action PathMappingRule ClientInterface HTTPClientInterface",
        "adaptor_runtime._version": "version",
        "adaptor_runtime._utils": "secure_open",
        "adaptor_runtime._osname": "OSName",
        "adaptor_runtime_client.named_pipe.named_pipe_helper": "NamedPipeHelper",
    }
    for module, found in names.items():
        for name in found.split():
            assert getattr(importlib.import_module(module), name), (module, name)
    assert set(adaptors_package.__all__) <= set(dir(adaptors_package))
    path = command_line.directory / "private"
    path.write_text("old")
    with importlib.import_module("adaptor_runtime._utils").secure_open(path, "w", encoding="utf-8") as file:
        file.write("new")
    assert (is_private(path), path.read_text()) == (True, "new")
    helper = importlib.import_module("adaptor_runtime_client.named_pipe.named_pipe_helper").NamedPipeHelper
    assert not helper.check_named_pipe_exists(r"\\.\pipe\nothing")


# EntryPoint and logging


@row("E1")
def _(command_line):
    entry = EntryPoint(Sample)
    assert entry.on_bootstrap_complete == set()
    assert isinstance(entry.config, RuntimeConfiguration)
    assert isinstance(entry.config_manager, ConfigurationManager)
    program = command_line.directory / "entry.py"
    program.write_text(
        "from scripted import Scripted\nfrom adaptor_runtime import EntryPoint\n"
        "entry = EntryPoint(Scripted)\n"
        f"entry.on_bootstrap_complete.add(lambda: open({str(command_line.directory / 'complete')!r}, 'w').close())\n"
        "entry.start(reentry_exe=None, timeout_in_seconds=None)\n"
    )
    connection = ["--connection-file", str(command_line.connection_file)]
    run = [sys.executable, str(program)]
    subprocess.run(
        [*run, "daemon", "start", *connection], env=command_line.environment, check=True, capture_output=True
    )
    assert (command_line.directory / "complete").exists()
    subprocess.run([*run, "daemon", "stop", *connection], env=command_line.environment, check=True, capture_output=True)


@row("E2")
def _(command_line):
    """All that is said goes to standard output, in UTF-8."""
    run = command_line.run({}, {"on_run": {"say": "smile 😀", "log": "naïve"}}, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert "smile 😀" in run.lines
    assert "INFO: naïve" in run.lines


@row("E3")
def _(command_line):
    """Log lines have a level in front; a progress or status message of an application is passed on as that message."""
    program = "print('openjd_progress: 7')\nprint('openjd_env: A=1')"
    run = command_line.run({}, {"on_run": {"log": "openjd_status: from the log", "application": program}})
    assert {"openjd_status: from the log", "openjd_progress: 7", "STDOUT: openjd_env: A=1"} <= set(run.lines)


@row("E4")
def _(command_line):
    """The prefix is there once, and the same under run and daemon run."""
    data = {"on_run": {"application": "import sys\nprint('out')\nprint('err', file=sys.stderr)"}}
    run, _start, task = command_line.run({}, data), command_line.start(), command_line.task(data)
    command_line.stop()
    for finished in (run, task):
        assert {"STDOUT: out", "STDERR: err"} <= set(finished.lines)
        assert "ADAPTOR_OUTPUT" not in finished.text
    levels = importlib.import_module("adaptor_runtime.adaptors._messages.authors_logging").LOG_NAMES
    assert levels == {"STDOUT": 41, "STDERR": 42, "ADAPTOR_OUTPUT": 43}


@row("E5")
def _(command_line):
    configuration = command_line.directory / "configuration.json"
    configuration.write_text('{"log_level": "ERROR"}')
    quiet = command_line.run({}, {"on_run": {"log": "loud"}}, SCRIPTED_CONFIG_PATH=str(configuration))
    assert "INFO: loud" not in quiet.lines
    assert quiet.transitions
    silent = command_line.run({}, {"on_run": {"log": "loud"}}, RUNTIME_CONFIG_PATH=str(configuration))
    assert "INFO: loud" in silent.lines
    assert not silent.transitions


@row("E6")
def _(command_line):
    version = adaptor_runtime.__version__
    run, start = command_line.run(), command_line.start()
    command_line.stop()
    for finished in (run, start):
        assert finished.lines[0].startswith(
            f"INFO: versions adaptor_runtime={version} Scripted='not installed' python=3."
        )


@row("E7")
def _(command_line):
    """There are no bootstrap logs: daemon start shows what the daemon says before it is ready; no file is left."""
    start = command_line.start(adaptor="leaving_import:Scripted")
    assert start.exit_code == 2
    assert os.listdir(command_line.temporary) == []


# Command line


@row("no command")
def _(command_line):
    finished = command_line()
    assert finished.exit_code == 2
    assert "No command was provided" in finished.text


@row("show-config")
def _(command_line):
    finished = command_line("show-config")
    assert finished.exit_code == 0
    assert yaml.safe_load(finished.text)["runtime"]["log_level"] == "INFO"


@row("version-info")
def _(command_line):
    finished = command_line("version-info")
    assert yaml.safe_load(finished.text) == {
        "OpenJD Adaptor CLI Version": "0.1",
        "Scripted Data Interface Version": "1.2",
    }


@row("is-compatible")
def _(command_line):
    for minor, code in ((2, 0), (3, 2)):
        options = ["--openjd-adaptor-cli-version", "0.1", "--integration-data-interface-version", f"1.{minor}"]
        finished = command_line("is-compatible", *options)
        assert finished.exit_code == code
        assert f"1.{minor}" in finished.text
    assert command_line("is-compatible", "--openjd-adaptor-cli-version", "0.1").exit_code == 2


@row("run")
def _(command_line):
    assert command_line.run().exit_code == 0
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"]


@row("daemon")
def _(command_line):
    assert [command().exit_code for command in (command_line.start, command_line.task, command_line.stop)] == [0, 0, 0]
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"]
    assert command_line("daemon", "_serve").exit_code == 2


@row("data")
def _(command_line):
    file = command_line.directory / "data.yaml"
    file.write_text("on_run: {say: from a file}", encoding="utf-8")
    assert "from a file" in command_line("run", "--run-data", f"file://{file}").lines
    assert "from YAML" in command_line("run", "--run-data", "on_run: {say: from YAML}").lines
    assert "from JSON" in command_line("run", "--run-data", '{"on_run":\t{"say": "from JSON"}}').lines
    assert command_line("run", "--run-data", "").exit_code == 0
    assert command_line("run", "--run-data", "[]").exit_code == 2


@row("connection file")
def _(command_line):
    """Without the option daemon start makes a file and announces it; run and stop find it by the variable."""
    start = command_line("daemon", "start")
    announced = next(line for line in start.lines if line.startswith("openjd_env: OPENJD_ADAPTOR_SOCKET="))
    path = announced.partition("=")[2]
    assert os.path.isabs(path)
    assert command_line("daemon", "run", adaptor=None, OPENJD_ADAPTOR_SOCKET=path).exit_code == 0
    assert command_line("daemon", "start", "--connection-file", path).exit_code == 3
    assert command_line("daemon", "stop", adaptor=None, OPENJD_ADAPTOR_SOCKET=path).exit_code == 0
    relative = command_line("daemon", "start", "--connection-file", "connection.json")
    assert f"openjd_env: OPENJD_ADAPTOR_SOCKET={command_line.connection_file}" in relative.lines
    assert command_line.stop().exit_code == 0


@row("help")
def _(command_line):
    for words in ([], ["run"], ["daemon"], ["daemon", "start"], ["show-config"]):
        assert "Example:" in command_line(*words, "-h").text


@row("exit codes")
def _(command_line):
    """The reference has 0, 1 and 2 only; canceled work, an application's exit code and sys.exit are no success here."""
    assert command_line.run({}, {"on_run": {"raise": "SystemExit(0)"}}).exit_code == 1
    assert command_line.run({}, {}, adaptor="commands:Commands").exit_code in {0, 1}
    failing = command_line.run({}, {"program": "raise SystemExit(7)"}, adaptor="commands:Commands")
    assert failing.exit_code == 1
    assert "exited with 7" in failing.failures[0]
    assert command_line.run({}, {"on_run": {"application": "print('openjd_fail: no')"}}).exit_code == 0
    assert command_line.task().exit_code == 4


# Lifecycle


@row("L1")
def _(command_line):
    """States say what is true: idle, started, ... instead of the name of the last command."""
    assert [state.value for state in AdaptorState] == [
        "idle", "started", "running", "canceled", "failed", "stopped", "cleaned",
    ]  # fmt: skip


@row("L2")
def _(command_line):
    for hook, data in {"on_start": {}, "on_run": {}, "on_stop": {}, "on_cleanup": {}}.items():
        steps = {hook: {"raise": "ValueError('no')"}}
        run = command_line.run(steps if hook != "on_run" else data, steps if hook == "on_run" else {})
        assert run.exit_code == 1
        assert len(run.failures) == 1
        assert "ValueError: no" in run.failures[0]


@row("L3")
def _(command_line):
    """A failed task does not skip on_stop, and cleanup is called once."""
    command_line.run({}, {"on_run": {"raise": "ValueError('no')"}})
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"]


@row("L4")
def _(command_line):
    command_line.start({"on_stop": {"raise": "ValueError('no')"}})
    assert command_line.stop().exit_code == 1
    assert command_line.calls == ["constructor", "on_start", "on_stop", "on_cleanup"]


@row("L5")
def _(command_line):
    interrupt = [(signal.SIGINT, 130)] if os.name == "posix" else []  # reaches no process alone elsewhere
    for number, code in (*interrupt, (signal.SIGTERM, 143)):
        run = command_line.begin_run({}, {"on_run": {"wait_for_cancel": "rendering"}})
        run.wait_for("rendering")
        run.signal(number)
        assert run.finish().exit_code == code


@row("L6")
def _(command_line):
    assert Adaptor.__abstractmethods__ == {"on_run", "integration_data_interface_version"}
    for hook in ("on_start", "on_stop", "on_cleanup", "on_cancel"):
        assert getattr(Sample({}), hook)() is None


@row("L7")
def _(command_line):
    class Neither(CommandAdaptor):
        data_version = SemanticVersion(1, 0)

    assert CommandAdaptor.__abstractmethods__ == {"integration_data_interface_version"}
    with pytest.raises(BadInputError, match="lacks launch"):  # or get_managed_process, so that is not abstract
        check_class(Neither)
    assert CommandAdaptor.on_prerun
    assert CommandAdaptor.on_postrun


@row("L8")
def _(command_line):
    class Generic(Adaptor[AdaptorConfiguration]):
        integration_data_interface_version = SemanticVersion(1, 0)

        def on_run(self, run_data):
            pass

    adaptor = Generic({"a": 1}, config_opts=AdaptorConfigurationOptions(), path_mapping_data={})
    assert isinstance(adaptor, BaseAdaptor)
    assert adaptor.init_data == {"a": 1}
    assert adaptor.path_mapping_rules == []
    assert isinstance(adaptor.config_manager, ConfigurationManager)
    assert adaptor.config.log_level == "INFO"
    assert Generic.update_status(progress=1.0, status_message="class method") is None


@row("L9")
def _(command_line):
    """The version is read from the class; nothing is constructed for it."""
    assert command_line("version-info").exit_code == 0
    assert command_line.calls == []


# Versions, paths, validation


@row("V1")
def _(command_line):
    version = SemanticVersion.parse("1.4")
    assert str(version) == "1.4"
    assert SemanticVersion(1, 3) < version <= SemanticVersion(1, 4) < SemanticVersion(2, 0)
    assert version.has_compatibility_with(SemanticVersion(1, 3))
    assert not SemanticVersion(0, 4).has_compatibility_with(SemanticVersion(0, 3))
    with pytest.raises(TypeError):
        version < "1.5"  # noqa: B015
    with pytest.raises(ValueError, match=r"1\.x"):
        SemanticVersion.parse("1.x")


@row("V2")
def _(command_line):
    rule = PathMappingRule(
        source_path_format="WINDOWS", source_path="Z:\\Show", destination_path="/mnt/show", destination_os="linux"
    )
    assert rule.apply(path="z:/show/A/../b") == (True, "/mnt/show/A/../b")
    assert rule.apply(path="z:/showcase") == (False, "z:/showcase")
    assert PathMappingRule.from_dict(rule.to_dict()) == rule
    with pytest.raises(ValueError, match="source_path"):
        PathMappingRule(source_path_format="POSIX", source_path="", destination_path="/x")


@row("V3")
def _(command_line):
    """The longest source wins, whatever the order; unknown keys are ignored; URI is a format."""
    rules = [
        {"source_path_format": "POSIX", "source_path": "/a", "destination_path": "/short", "comment": "ignored"},
        {"source_path_format": "POSIX", "source_path": "/a/b", "destination_path": "/long"},
        {"source_path_format": "URI", "source_path": "s3://bucket", "destination_path": "/s3"},
    ]
    data = {"version": "pathmapping-1.0", "path_mapping_rules": rules}
    for path, mapped in {"/a/b/c": "/long/c", "/a/c": "/short/c", "s3://bucket/x": "/s3/x"}.items():
        assert command_line("map-path", "--path-mapping-rules", data, path).lines == [str(Path(mapped))]
    assert command_line("run", "--path-mapping-rules", "{}").exit_code == 0


@row("V4")
def _(command_line):
    os_name = importlib.import_module("adaptor_runtime._osname").OSName
    spelled = {
        "darwin": "macOS",
        "mac os": "macOS",
        "nt": "Windows",
        "win32": "Windows",
        "linux2": "Linux",
        "posix": "Posix",
    }
    assert {name: os_name(name) for name in spelled} == spelled
    assert isinstance(os_name(), str)


@row("V5")
def _(command_line):
    for name in ("init_data", "run_data"):
        (command_line.directory / f"{name}.schema.json").write_text('{"required": ["scene"]}')
    validators = AdaptorDataValidators.for_adaptor(str(command_line.directory))
    validators.init_data.validate({"scene": "a"})
    with pytest.raises(Exception, match="scene"):
        validators.run_data.validate("{}")
    file = command_line.directory / "data.json"
    file.write_text('{"scene": 1}')
    AdaptorDataValidator.from_schema_file(str(command_line.directory / "run_data.schema.json")).validate(
        f"file://{file}"
    )
    AdaptorDataValidator({"type": "object"}).validate("a: 1")


# Configuration


@row("C1")
def _(command_line):
    one, two = Configuration({"a": 1, "b": {"x": 1}}), Configuration({"b": {"y": 2}})
    assert one.override(two).config == {"a": 1, "b": {"y": 2}}


SYSTEM = Path("/etc" if os.name == "posix" else os.environ["PROGRAMDATA"])


def home(folder):
    """Return the variables of a user whose home this is."""
    return {"HOME": str(folder), "USERPROFILE": str(folder)}


@row("C2")
def _(command_line):
    text = command_line("show-config", RUNTIME_CONFIG_PATH="/nowhere/runtime.json", **home(command_line.directory)).text
    place = Path("openjd", "adaptors", "runtime", "configuration.json")
    for path in ("configuration.json", SYSTEM / place, Path("/nowhere/runtime.json")):
        assert str(path) in text
    assert f"{command_line.directory}{os.sep}.{place}" in text


@row("C3")
def _(command_line):
    text = command_line("show-config", SCRIPTED_CONFIG_PATH="/nowhere/x.json", **home(command_line.directory)).text
    place = Path("openjd", "adaptors", "Scripted", "Scripted.json")
    for path in (SYSTEM / place, Path("/nowhere/x.json"), Path("sample_adaptors", "Scripted.json")):
        assert str(path) in text
    assert f"{command_line.directory}{os.sep}.{place}" in text


@row("C4")
def _(command_line):
    schema = {"properties": {"license_server": {"type": "string"}}}
    (command_line.directory / "Scripted.schema.json").write_text(json.dumps(schema))
    wrong = command_line.directory / "wrong.json"
    wrong.write_text('{"license_server": 5}')
    places = {"ADAPTOR_CONFIG_SCHEMA_PATH": str(command_line.directory), "SCRIPTED_CONFIG_PATH": str(wrong)}
    finished = command_line("show-config", **places)
    assert finished.exit_code == 2
    assert "license_server" in finished.text


@row("C5")
def _(command_line):
    assert RuntimeConfiguration({}).log_level == AdaptorConfiguration({}).log_level == "INFO"
    accepted = command_line.directory / "accepted.json"
    accepted.write_text('{"log_level": "DEBUG", "deactivate_telemetry": true}')
    assert command_line("show-config", RUNTIME_CONFIG_PATH=str(accepted)).exit_code == 0


@row("C6")
def _(command_line):
    """Nothing is created by reading; the additional file is checked like the others."""
    folder = command_line.directory / "home"
    folder.mkdir()
    assert command_line.run(**home(folder)).exit_code == 0
    assert list(folder.iterdir()) == []
    loud = command_line.directory / "loud.json"
    loud.write_text('{"log_level": "LOUD"}')
    for variable in ("RUNTIME_CONFIG_PATH", "SCRIPTED_CONFIG_PATH"):
        assert command_line.run(**{variable: str(loud)}).exit_code == 2
    missing = command_line.run(RUNTIME_CONFIG_PATH="/nowhere/at/all.json")
    assert missing.exit_code == 0
    assert any(line.startswith("WARNING: ") and str(Path("/nowhere/at/all.json")) in line for line in missing.lines)


@row("C7")
def _(command_line):
    default = command_line.directory / "default.json"
    default.write_text('{"log_level": "ERROR"}')
    manager = create_adaptor_configuration_manager(
        config_cls=AdaptorConfiguration, adaptor_name="Sample", default_config_path=str(default)
    )
    assert manager.get_default_config().log_level == "ERROR"
    assert manager.get_system_config_path().endswith(str(Path("/Sample/Sample.json")))
    assert manager.get_system_config() is None
    assert manager.get_user_config_path().endswith(str(Path("/.openjd/adaptors/Sample/Sample.json")))
    assert manager.get_user_config() is None
    assert manager.build_config().log_level == "ERROR"
    assert Configuration.from_file(str(default)).config == {"log_level": "ERROR"}


# Processes and handlers


@row("S1")
def _(command_line):
    lines = []

    class Handler(logging.Handler):
        def emit(self, record):
            lines.append(record.getMessage())

    program = "import os; os.write(1, b'one\\rtwo\\r\\nthree \\xff\\u2028x')"
    with LoggingSubprocess(
        args=[sys.executable, "-c", program],
        startup_directory=str(command_line.directory),
        logger=logging.getLogger("parity"),
        stdout_handler=Handler(),
        stderr_handler=Handler(),
        encoding="utf-8",
    ) as process:
        assert process.pid
    assert process.returncode == 0
    assert not process.is_running
    assert lines == ["one", "two", r"three \xff\u2028x"]
    with pytest.raises(FileNotFoundError, match="PATH"):
        LoggingSubprocess(args=["no-such-program"], logger=logging.getLogger("parity"))
    with pytest.raises(ValueError, match="args"):
        LoggingSubprocess(args=[], logger=logging.getLogger("parity"))


@row("S2")
def _(command_line):
    process = LoggingSubprocess(args=[sys.executable, "-c", "import time; time.sleep(1000)"])
    process.terminate(grace_time_s=60)
    assert process.wait() in ASKED
    stubborn = LoggingSubprocess(args=shell_command("trap '' TERM; sleep 1000"))
    stubborn.terminate(grace_time_s=0)
    assert stubborn.returncode in KILLED


@row("S3")
def _(command_line):
    class Here(ManagedProcess):
        def get_executable(self):
            return sys.executable

        def get_arguments(self):
            return ["-c", "import os; print(os.getcwd())"]

        def get_startup_directory(self):
            return str(command_line.directory)

    seen = []
    handler = RegexHandler([RegexCallback([re.compile("(.*)")], lambda match: seen.append(match[1]))])
    Here({}, stdout_handler=handler, stderr_handler=handler).run()
    assert seen == [str(command_line.directory)]
    assert ManagedProcess.__abstractmethods__ == {"get_executable"}


@row("S4")
def _(command_line):
    records = []
    logger = logging.getLogger("parity of streams")
    logger.addHandler(handler := logging.Handler())
    handler.emit = records.append
    read_end, write_end = os.pipe()
    os.write(write_end, b"one\ntwo\n")
    os.close(write_end)
    with open(read_end) as stream:
        thread = StreamLogger(stream=stream, loggers=[logger], level=logging.WARNING)
        assert not thread.daemon
        thread.start()
        thread.join()
    assert [(record.levelname, record.getMessage()) for record in records] == [("WARNING", "one"), ("WARNING", "two")]


@row("S5")
def _(command_line):
    called = []

    def callback(name):
        return lambda match: called.append((name, match[0]))

    word = [re.compile("[0-9]+"), re.compile("a")]
    handler = RegexHandler([RegexCallback(word, callback("first"))])
    handler.regex_callbacks.append(RegexCallback([re.compile("a")], callback("second"), only_run_if_first_matched=True))
    handler.regex_callbacks.append(RegexCallback([re.compile("a")], callback("third"), exit_if_matched=True))
    handler.regex_callbacks.append(RegexCallback([re.compile("a")], callback("fourth")))
    handler.emit(logging.LogRecord("x", logging.INFO, "", 1, "a1", (), None))
    assert called == [("first", "1"), ("third", "a")]
    assert RegexCallback(word, print).get_match("xa")[0] == "a"


# Application link


@row("A1")
def _(command_line):
    actions = ActionsQueue()
    assert not actions
    assert actions.dequeue_action() is None
    actions.enqueue_action(Action("second"))
    actions.enqueue_action(Action("first"), front=True)
    assert len(actions) == 2
    assert [actions.dequeue_action().name for _number in range(2)] == ["first", "second"]


def _serve(actions):
    server = AdaptorServer(actions, Sample({}, path_mapping_data={"path_mapping_rules": [
        {"source_path_format": "POSIX", "source_path": "/a", "destination_path": "/b"},
    ]}))  # fmt: skip
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    return server, thread


@row("A2")
def _(command_line):
    server, thread = _serve(ActionsQueue())
    path = server.server_path
    if os.name == "posix":  # elsewhere the path is no file
        assert os.path.exists(path)
        assert stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700
    with pytest.warns(DeprecationWarning, match="server_path"):
        assert server.socket_path == path
    server.shutdown()
    thread.join()
    assert not os.path.exists(path)


@row("A3")
def _(command_line):
    """Actions, path mapping and the rules over one connection; the wire format is this runtime's own."""
    actions = ActionsQueue()
    server, thread = _serve(actions)
    client = Closing(server.server_path)
    assert client.map_path("/a/x") == str(Path("/b/x"))
    assert [rule.source_path for rule in client.path_mapping_rules()] == ["/a"]
    result = actions.enqueue_action(Action("double", {"value": 21}))
    assert client.poll_once(None) == Action("double", {"value": 21})
    assert result.result() == 42
    server.shutdown()
    thread.join()


@row("A4")
def _(command_line):
    action = Action("render", {"frame": 1})
    assert str(action) == '{"name": "render", "args": {"frame": 1}}'
    assert Action.from_json_string(str(action)) == Action.from_bytes(str(action).encode()) == action
    assert Action.from_bytes(b"garbage") is None
    with pytest.raises(AttributeError):
        action.name = "other"
    assert Action("quit").args is None


@row("A5")
def _(command_line):
    actions = ActionsQueue()
    server, thread = _serve(actions)
    client = Closing(server.server_path)
    assert client.server_path == server.server_path
    assert client.actions["close"] == client.close
    unknown = actions.enqueue_action(Action("unheard of"))
    actions.enqueue_action(Action("close"))
    client.poll()
    assert client.closed
    assert "unheard of" in str(unknown.exception())
    with pytest.warns(DeprecationWarning, match="server_path"):
        assert client.socket_path == server.server_path
    client.graceful_shutdown(signal.SIGTERM, None)
    server.shutdown()
    thread.join()
    assert ClientInterface.__abstractmethods__ == {"close", "graceful_shutdown"}


@row("A6")
def _(command_line):
    """Another user is turned away; tried where the test may become one."""
    if os.geteuid() != 0:
        return
    server, thread = _serve(ActionsQueue())
    folder = Path(importlib.import_module("adaptor_runtime.ipc").__file__).parent / "client"
    os.chmod(os.path.dirname(server.server_path), 0o711)
    os.chmod(server.server_path, 0o666)
    program = (
        f"import os, sys; sys.path.insert(0, {str(folder)!r})\n"
        "from adaptor_runtime_client import ClientInterface\n"
        "class Client(ClientInterface):\n"
        "    def close(self, args): pass\n    def graceful_shutdown(self, *args): pass\n"
        f"print(Client({server.server_path!r}).map_path('/a/x'), flush=True)\n"
        "os.setgid(65534); os.setuid(65534)\n"
        f"Client({server.server_path!r}).map_path('/a/x')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, cwd="/")
    assert done.stdout.splitlines()[2] == b"/b/x"
    assert done.returncode == 1
    assert b"Error: " in done.stderr
    server.shutdown()
    thread.join()


# Daemon


@row("D1")
def _(command_line):
    command_line.start()
    socket = Path(json.loads(command_line.connection_file.read_text())["socket"])
    assert stat.S_ISSOCK(socket.stat().st_mode)
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert len(os.fsencode(socket)) <= 103
    command_line.stop()


@row("D2")
def _(command_line):
    """A superset of the reference's file, private, gone after stop."""
    command_line.start()
    assert is_private(command_line.connection_file)
    assert "socket" in json.loads(command_line.connection_file.read_text())
    command_line.stop()
    assert not command_line.connection_file.exists()


@row("D3")
def _(command_line):
    """A second task while one runs is refused with 3; another release understands stop and cancel."""
    command_line.start()
    first = command_line.begin_task({"on_run": {"wait_for_cancel": "busy"}})
    first.wait_for("busy")
    assert command_line.task().exit_code == 3
    first.signal(signal.SIGTERM)
    assert first.finish().exit_code == 143
    assert command_line.stop().exit_code == 0


@row("D4")
def _(command_line):
    """Output is pushed; the outcome is a typed result, whatever the output says."""
    command_line.start()
    task = command_line.task({"on_run": {"application": "print('ERROR: openjd_fail: not at all')"}})
    assert task.exit_code == 0
    command_line.stop()


@row("D5")
def _(command_line):
    """A daemon has a session and a process group of its own, no input, and leaves no log files."""
    command_line.start()
    daemon = command_line.daemon
    assert os.getsid(daemon.pid) == daemon.pid
    if sys.platform == "linux":
        assert os.readlink(f"/proc/{daemon.pid}/fd/0") == os.devnull
    command_line.stop()
    assert not daemon.is_running() or daemon.status() == psutil.STATUS_ZOMBIE


@row("D6")
def _(command_line):
    """Output is spooled on disk: what nobody took is shown by stop, once."""
    command_line.start({"on_stop": {"say": "goodbye"}})
    assert command_line.stop().count("goodbye") == 1


@row("D7")
def _(command_line):
    """SIGTERM ends an idle daemon."""
    command_line.start()
    daemon = command_line.daemon
    send_signal(daemon, signal.SIGTERM)
    daemon.wait(SECONDS)
    assert command_line.calls[-1] == "on_cleanup"
    assert command_line.stop().exit_code == 0


# Environment and messages


@row("variables")
def _(command_line):
    """The others are used by the rows of configuration and of the connection file."""
    elsewhere = command_line.directory / "t"
    elsewhere.mkdir()
    start = command_line("daemon", "start", TMPDIR=str(elsewhere))
    path = next(line for line in start.lines if line.startswith("openjd_env")).partition("=")[2]
    assert path.startswith(f"{elsewhere}{os.sep}")
    assert command_line("daemon", "stop", "--connection-file", path, adaptor=None).exit_code == 0


@row("messages")
def _(command_line):
    steps = {"progress": 12.5, "status": "half way", "set_environment": ["A", "1"], "session_log_level": "DEBUG"}
    run = command_line.run({"on_start": steps}, allowed=["openjd_env: A=1", "openjd_session_runtime_loglevel: DEBUG"])
    expected = {"openjd_progress: 12.5", "openjd_status: half way", "openjd_env: A=1"}
    assert expected <= set(run.lines)
    assert "openjd_session_runtime_loglevel: DEBUG" in run.lines
