"""What a session can need is loaded right after its start: nothing on first use, in a task."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import sys
from functools import partial
from pathlib import Path

import adaptor_runtime
import adaptor_runtime.ipc
import psutil
import pytest
from adaptor_runtime.adaptors._hosting.loading import (
    NEEDED,
    OF_APPLICATIONS,
    OF_DIRECTORIES,
    OF_LINKS,
    OF_PACKAGE,
    WITH_APPLICATION,
    WITH_COMMANDS,
    WITH_EXECUTABLE,
    WITH_RULES,
)
from guardians import guardian_pid, wait_for_guardian

pytestmark = pytest.mark.unmeasured

CLIENT = Path(adaptor_runtime.ipc.__file__).parent / "client"
OF_SCHEMA = [
    f"adaptor_runtime.adaptors.data.{name}"
    for name in ("_defaults", "_nearest", "_place", "_problem", "_schema_documents", "_secret_values")
]
RULE = {"source_path_format": "POSIX", "source_path": "/studio", "destination_path": "/mnt"}
RULES = {"version": "pathmapping-1.0", "path_mapping_rules": [RULE]}
TASK = {
    "action": "map",
    "map": "/studio/b.exr",
    "rules": "print('40%'); print('50%')",
    "log": "logged",
    "log_exception": "logged",
    "log_badly": "logged",
    "structlog": "logged",
    "structlog_exception": "logged",
    "say": "said",
    "say_as_error": "said",
    "child": "said",
    "write": "written\n",
}
LIMITS = ("--deadline", "output=6", "--deadline", "cancel=2", "--deadline", "start=60")
INIT_DATA = {"on_start": {"link": 1}, "on_cancel": {"say": "canceled"}, "on_stop": {"end_link": 1}}

OF_OTHERS = ("adaptors._application.", "adaptors.output.", "adaptors.processes.", "ipc._application.")
"""The rooms for applications."""


def begin(command_line, init_data=INIT_DATA, adaptor="thorough:Thorough", **environment):
    options = (*LIMITS, "--path-mapping-rules", RULES, "--init-data", init_data)
    connection = command_line._connection()
    started = command_line(
        "daemon", "start", *connection, *options, adaptor=adaptor, CLIENT_FOLDER=str(CLIENT), **environment
    )
    assert started.exit_code == 0, started
    assert command_line.task().exit_code == 0  # it has waited for the loading, which goes on beside the answer


def use_everything(command_line):
    """Go through a session that uses all that there is, from its first task to its end, and return what was said."""
    query = ("--connection-file", command_line.connection_file)
    ended = [
        (command_line.task({"on_run": TASK}), 0),
        (command_line.task({"on_run": {"action": "fail"}}), 1),
        (command_line.task({"on_run": {"raise": "ValueError('no frame')"}}), 1),
        (command_line("daemon", "status", *query, adaptor=None), 0),
        (command_line("daemon", "logs", *query, adaptor=None), 0),
        (command_line.task({"on_run": {"deaf_application": 1, "hang": "hanging"}}), 5),
        (command_line("daemon", "cancel", *query, adaptor=None), 0),
        (command_line("daemon", "attach", *query, adaptor=None), 3),
        (command_line.stop(), 0),
    ]
    assert [finished.exit_code for finished, _ in ended] == [code for _, code in ended], ended
    text = "".join(finished.text for finished, _ in ended)
    mapped = Path("/mnt/b.exr")
    for words in (f"mapped: {mapped}", "openjd_progress: 50", "WARNING: process pid=", "most recent call first"):
        assert words in text, text
    assert command_line.calls[-2:] == ["on_stop", "on_cleanup"]
    return text


def test_a_session_that_uses_everything_loads_nothing_after_its_start(command_line):
    begin(command_line, PYTHONPROFILEIMPORTTIME="1")
    ahead = loads(command_line("daemon", "logs", *command_line._connection(), adaptor=None).text)
    assert sorted(loads(use_everything(command_line))) in ([], sorted(ahead), sorted(ahead * 2))  # logs, then stop


def loads(text):
    """Return the modules that the daemon's Python has reported."""
    return re.findall(r"STDERR: import time: +\d+ \| +\d+ \| +(\S+)", text)


def functions_that_import(module):
    """Yield what the functions of a module import: the function and the module that it would load."""
    specification = importlib.util.find_spec(module)
    package = module if specification.submodule_search_locations is not None else module.rpartition(".")[0]
    for function in ast.walk(ast.parse(Path(specification.origin).read_text())):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Import):
                yield from ((f"{module}.{function.name}", alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                name = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
                yield f"{module}.{function.name}", name
                for alias in node.names:
                    path = getattr(importlib.util.find_spec(name), "submodule_search_locations", None)
                    if path is not None and importlib.util.find_spec(f"{name}.{alias.name}") is not None:
                        yield f"{module}.{function.name}", f"{name}.{alias.name}"


OF_COMMANDS = {
    "adaptor_runtime.adaptors._adaptor_rules.rules_of": "before the session",
    "adaptor_runtime.adaptors._command_adaptor.on_run": "where each task is a command",
    "adaptor_runtime.adaptors._hosting.class_check.": "before the session",
    "adaptor_runtime.adaptors._hosting.session_setup.": "before the session",
    "adaptor_runtime.adaptors._messages.journal.new_journal": "before the session",
    "adaptor_runtime.adaptors._session.private_state.begin_waiting": "where hooks are called without a session",
    "adaptor_runtime.adaptors._messages.journal._record": "in graph, which reads a journal",
    "adaptor_runtime.adaptors._session.runner._printing_emitter": "in a program of an author's, which gives no emitter",
    "adaptor_runtime.adaptors._session.runner._journal_at": "the same, with the path of a journal",
    "adaptor_runtime.adaptors._hosting.class_attributes.": "before the session",
    "adaptor_runtime.adaptors.processes._file_changes_linux._library": "where it can, else it looks from time to time",
    "adaptor_runtime.adaptors.command_line._entry_point.": "before the session",
    "adaptor_runtime.adaptors.command_line._hidden.": "before the session",
    "adaptor_runtime.adaptors.command_line._task_commands.": "in the commands that talk to the daemon",
    "adaptor_runtime.adaptors.command_line._connection_path.": "in the commands that talk to the daemon",
    "adaptor_runtime.adaptors._hosting.target.": "before the session",
    "adaptor_runtime.adaptors._command_adaptor.get_managed_process": "where tasks are commands",
    "adaptor_runtime.adaptors._adaptor.__attrs_post_init__": "where there are data classes",
    "adaptor_runtime.adaptors._hosting.class_check._data_class_problems": "where there are data classes",
    "adaptor_runtime.adaptors._hosting.data_checks._check": "where there are data classes",
    "adaptor_runtime.adaptors._hosting.session_setup.complete": "where there are data classes",
    "adaptor_runtime.adaptors._session.adaptor_host._run_data": "where there are data classes",
    "adaptor_runtime.adaptors.data._nearest.nearest": "for files of configuration, before the session",
    "adaptor_runtime.adaptors.data._schema.": "where there is a schema",
    "adaptor_runtime.adaptors.data._schema_folder.": "where there is a schema",
    "adaptor_runtime.adaptors.data._validators.validate": "for text, which a daemon is not sent",
    "adaptor_runtime.ipc._stream.printer.open_view": "in the commands that print, before a session",
    "adaptor_runtime.ipc._stream.printer.show_times": "the same",
    "adaptor_runtime.ipc._commands.cancel_deadline.": "in the commands that a scheduler signals",
    "adaptor_runtime.ipc._commands.recovery.__init__": "in the commands that find a dead daemon",
    "adaptor_runtime.ipc._processes.pidfd._open_by_number": "where a Python has no os.pidfd_open, in start",
    "adaptor_runtime.ipc._files.session_directory.connection_files": "in daemon list",
    "adaptor_runtime.ipc._files.session_directory.create": "in daemon start",
}
"""Functions that import something which a session does not need, and where they are called."""


OF_ABSENT_APPLICATIONS = {
    "adaptor_runtime.adaptors._hosting.loading.load": "where the adaptor starts applications",
    "adaptor_runtime.adaptors._session.private_state.temporary_directory": "where the adaptor has imported it",
    "adaptor_runtime.adaptors.processes._registry.end_all": "where an application has left processes",
    "adaptor_runtime.adaptors.processes._registry._independent": "where there was an application",
    "adaptor_runtime.ipc._processes.process_tree_windows.popen_command": "where an application is started",
}
"""The same for an adaptor without applications."""


@pytest.mark.parametrize(
    ("adaptor", "not_called"),
    [("thorough:Thorough", ()), ("kept:Kept", ()), ("plain:Plain", tuple(OF_ABSENT_APPLICATIONS))],
)
def test_every_module_that_a_session_imports_in_a_function_is_preloaded(command_line, adaptor, not_called):
    """The parts that the session above may not have come through are found in the sources."""
    file = command_line.directory / "modules"
    begin(command_line, adaptor=adaptor)
    assert command_line.task({"on_run": {"note_modules": str(file)}}).exit_code == 0
    assert command_line.stop().exit_code == 0
    loaded = set(file.read_text().split())
    late = {
        f"{function} loads {name}"
        for module in loaded
        if module.partition(".")[0] in {"adaptor_runtime", "adaptor_runtime_client"}
        for function, name in functions_that_import(module)
        if name not in loaded and not function.startswith((*OF_COMMANDS, *not_called))
    }
    assert late == set()


def test_a_session_that_keeps_an_application_loads_nothing_in_its_later_tasks(command_line):
    first, last = command_line.directory / "first", command_line.directory / "last"
    begin(command_line, {}, adaptor="kept:Kept")
    tasks = [
        ({"on_run": {"note_modules": str(first)}}, 0),
        ({"on_run": {"say": "40%"}}, 0),
        ({"on_run": {"say": "Error: no camera"}}, 1),
        ({"on_run": {"say": 1}, "outputs": ["missing"]}, 1),
        ({"on_run": {"kill": 1}}, 1),
        ({"on_run": {"note_modules": str(last)}}, 0),
    ]
    for data, code in tasks:
        assert command_line.task(data).exit_code == code, data
    assert command_line.stop().exit_code == 0
    assert {*WITH_APPLICATION} <= set(first.read_text().split())
    assert set(last.read_text().split()) - set(first.read_text().split()) == set()


def test_everything_listed_exists(command_line):
    for name in (*NEEDED, *OF_PACKAGE, *OF_SCHEMA, *WITH_EXECUTABLE, *WITH_COMMANDS, *WITH_RULES, *WITH_APPLICATION):
        assert importlib.util.find_spec(name) is not None, name


def modules_of_a_daemon(command_line, adaptor):
    file = command_line.directory / "modules"
    begin(command_line, {}, adaptor=adaptor)
    assert command_line.task({"on_run": {"note_modules": str(file)}}).exit_code == 0
    assert command_line.stop().exit_code == 0
    return set(file.read_text().split())


def test_a_daemon_without_applications_loads_none_of_the_modules_for_them(command_line):
    """What it has is who would be told of them, and what an adaptor may wait for."""
    loaded = modules_of_a_daemon(command_line, "plain:Plain")
    rooms = tuple(f"adaptor_runtime.{name}" for name in OF_OTHERS)
    few = {"_application.applications", "_application.awaited_future", "_application.observed_error"}
    assert {name for name in loaded if name.startswith(rooms)} == {
        "adaptor_runtime.adaptors.processes._behalf",
        "adaptor_runtime.adaptors.processes._registry",
        *(f"adaptor_runtime.ipc.{name}" for name in few),
    }
    assert not loaded & {*OF_PACKAGE, *WITH_COMMANDS, *WITH_RULES}


@pytest.mark.parametrize(
    ("imported", "further"),
    [
        ("LoggingSubprocess", OF_APPLICATIONS),
        ("RegexHandler", OF_APPLICATIONS),
        ("ActionsQueue", OF_LINKS),
        ("response_file", OF_DIRECTORIES),
    ],
)
def test_with_one_name_for_applications_what_goes_with_it_is_loaded_and_nothing_else(command_line, imported, further):
    (command_line.directory / "importing.py").write_text(
        f"from adaptor_runtime import {imported}\nfrom plain import Plain\nclass Importing(Plain):\n    pass\n"
    )
    loaded = modules_of_a_daemon(command_line, "importing:Importing")
    assert {*further} <= loaded
    assert not loaded & ({*OF_APPLICATIONS, *OF_LINKS} - {*further})


def test_with_the_package_itself_all_that_it_offers_is_loaded(command_line):
    assert {*OF_PACKAGE} <= modules_of_a_daemon(command_line, "whole:Whole")


LAZILY = """
import importlib.util, sys
from plain import Plain

specification = importlib.util.find_spec("late")
specification.loader = importlib.util.LazyLoader(specification.loader)
sys.modules["late"] = late = importlib.util.module_from_spec(specification)
specification.loader.exec_module(late)

class Lazily(Plain):
    pass
"""


def test_a_module_that_the_adaptor_loads_on_first_use_is_not_loaded_before(command_line):
    (command_line.directory / "late.py").write_text("import colorsys\n")
    (command_line.directory / "lazily.py").write_text(LAZILY)
    loaded = modules_of_a_daemon(command_line, "lazily:Lazily")
    assert "late" in loaded
    assert "colorsys" not in loaded


@pytest.mark.posix("on Windows, the guardian is no process")
def test_an_adaptor_that_launches_commands_has_a_guardian_before_its_first_one(command_line):
    assert command_line.start(adaptor="launching:Launching").exit_code == 0
    assert command_line.task().exit_code == 1  # without data it starts nothing; it has waited for the loading
    wait_for_guardian(str(command_line.daemon.pid))
    assert command_line.stop().exit_code == 0


@pytest.mark.posix("on Windows, the guardian is no process")
def test_an_adaptor_that_launches_nothing_has_no_guardian(command_line):
    assert command_line.start(adaptor="plain:Plain").exit_code == 0
    assert command_line.task().exit_code == 0
    assert guardian_pid(str(command_line.daemon.pid)) is None
    assert command_line.stop().exit_code == 0


def test_without_schema_and_configuration_file_no_validator_is_loaded(command_line):
    loaded = modules_of_a_daemon(command_line, "thorough:Thorough")
    assert not loaded & {"jsonschema_rs", "yaml", "click", "importlib.metadata"}
    assert os.name == "nt" or "multiprocessing" not in loaded  # its connections are named pipes there
    assert not {name for name in loaded if "_application_adaptor" in name or "adaptors._application." in name}


def test_with_a_schema_the_validator_and_its_messages_are_loaded(command_line):
    (command_line.directory / "checked.py").write_text(
        "from thorough import Thorough\n"
        "class Checked(Thorough):\n"
        "    run_data_schema = {'type': 'object', 'properties': {'frame': {'type': 'integer', 'default': 1}}}\n"
    )
    assert {"jsonschema_rs", *OF_SCHEMA} <= modules_of_a_daemon(command_line, "checked:Checked")


def test_with_a_declared_executable_what_selects_it_is_loaded_and_only_then(command_line):
    (command_line.directory / "declaring.py").write_text(
        "from adaptor_runtime import Executable\n"
        "from thorough import Thorough\n"
        "class Declaring(Thorough):\n"
        "    executable = Executable('sh')\n"
    )
    assert {*WITH_EXECUTABLE} <= modules_of_a_daemon(command_line, "declaring:Declaring")
    assert command_line.start(adaptor="thorough:Thorough").exit_code == 0
    file = command_line.directory / "modules"
    assert command_line.task({"on_run": {"note_modules": str(file)}}).exit_code == 0
    assert not {name for name in file.read_text().split() if "executable" in name or name.startswith("packaging")}
    assert command_line.stop().exit_code == 0


def copy_of_the_installation(folder):
    """Copy the runtime and what it depends on into ``folder``, so that it can be taken away."""
    skip = shutil.ignore_patterns("__pycache__")
    for module in (
        "adaptor_runtime", "adaptor_runtime.statemachine", "adaptor_runtime.ipc", "adaptor_runtime.adaptors",
        "adaptor_runtime_client", "attr", "attrs", "click", "psutil", "structlog", "transitions", "yaml",
        "jsonschema_rs",
    ):  # fmt: skip
        (source,) = importlib.util.find_spec(module).submodule_search_locations
        shutil.copytree(source, folder / module.replace(".", "/"), ignore=skip, dirs_exist_ok=True)


def replace(folder):
    """Make every module of an installation another one, which cannot be imported."""
    for file in folder.rglob("*"):
        if file.suffix in {".py", ".pyc"}:
            file.write_text("raise ImportError('this is another release')\n")


@pytest.mark.faults("Resources")
@pytest.mark.parametrize("change", ["removed", "replaced"])
def test_a_session_continues_after_the_installation_was_removed_or_replaced(command_line, change):
    folder = command_line.directory / "site-packages"
    copy_of_the_installation(folder)
    path = os.pathsep.join([str(folder), command_line.environment["PYTHONPATH"]])
    begin(command_line, {**INIT_DATA, "on_start": {"link": 1}}, PYTHONPATH=path)
    assert str(folder) in (command_line.daemon.environ()["PYTHONPATH"])
    if change == "removed":
        folder.rename(command_line.directory / "removed")  # in one step: an interpreter may write its bytecode there
    else:
        replace(folder)
    use_everything(command_line)


@pytest.mark.faults("Resources")
@pytest.mark.parametrize("change", ["removed", "replaced"])
@pytest.mark.parametrize(("adaptor", "exit_code"), [("launching:Launching", 1), ("whole:Whole", 0)])
def test_the_first_application_of_a_session_may_be_started_after_that(command_line, adaptor, exit_code, change):
    folder = command_line.directory / "site-packages"
    copy_of_the_installation(folder)
    path = os.pathsep.join([str(folder), command_line.environment["PYTHONPATH"]])
    assert command_line.start(adaptor=adaptor, PYTHONPATH=path).exit_code == 0
    assert command_line.task().exit_code == exit_code  # without data it starts nothing; it has waited for the loading
    if change == "removed":
        folder.rename(command_line.directory / "removed")
    else:
        replace(folder)
    task = command_line.task({"on_run": {"say": "said"}})
    assert (task.exit_code, "said" in task.text, "WARNING" in task.text) == (0, True, False), task
    assert command_line.stop().exit_code == 0


@pytest.mark.faults("Resources")
@pytest.mark.parametrize("exit_code", [0, 1])
@pytest.mark.parametrize("command", ["run", "stop"])
def test_a_command_keeps_its_exit_code_when_the_installation_is_replaced(command_line, release, command, exit_code):
    folder = command_line.directory / "site-packages"
    copy_of_the_installation(folder)
    path = os.pathsep.join([str(folder), command_line.environment["PYTHONPATH"]])
    gate = command_line.gate("gate")
    steps = {"wait_at": gate, **({"raise": "ValueError('no frame')"} if exit_code else {})}
    command_line.start({"on_stop": steps} if command == "stop" else {})
    begin = {"run": partial(command_line.begin_task, {"on_run": steps}), "stop": command_line.begin_stop}[command]
    running = begin(PYTHONPATH=path)
    running.wait_for("waiting at")
    replace(folder)
    release(gate)
    assert running.finish().exit_code == exit_code
    assert command == "stop" or command_line.stop().exit_code == 0


@pytest.mark.faults("Resources")
def test_a_session_without_a_free_file_continues_with_loaded_modules(command_line):
    start = command_line("daemon", "start", *command_line._connection(), *LIMITS, "--deadline", "run=2",
        "--init-data", {"on_start": {"use_up_files": "all but one"}}, module="limited", LIMIT="64")  # fmt: skip
    assert start.exit_code == 0
    assert command_line.task({"on_run": {"progress": 10, "status": "half"}}).exit_code == 0
    failed = command_line.task({"on_run": {"raise": "ValueError('no frame')"}})
    assert (failed.exit_code, "no frame" in failed.text) == (1, True)
    hung = command_line.task({"on_run": {"hang": "hanging"}})
    assert hung.exit_code == 5
    stop = command_line.stop()
    text = hung.text + stop.text
    assert "most recent call first" in text
    assert "cannot load a module" not in text
    assert stop.exit_code == 0


@pytest.mark.skipif(sys.platform != "linux", reason="what is resident means something else elsewhere")
def test_an_idle_daemon_stays_small(command_line):
    begin(command_line, {}, PYTHONDONTWRITEBYTECODE="")
    assert command_line.task().exit_code == 0
    resident = psutil.Process(command_line.daemon.pid).memory_info().rss / 1024**2
    assert command_line.stop().exit_code == 0
    assert resident < 34  # the benchmark compares it with the reference; this is for a library too much
