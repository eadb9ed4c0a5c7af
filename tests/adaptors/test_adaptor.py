"""The base classes, as authors subclass them: with or without a constructor, as plain classes or with attrs."""

from __future__ import annotations

import copy
import logging
import os
import re
import sys
from pathlib import PurePosixPath

import attrs
import pytest
from adaptor_runtime.adaptors import Adaptor, BaseAdaptor, CommandAdaptor, ManagedProcess, SemanticVersion
from adaptor_runtime.adaptors._messages.emitter import Emitter
from adaptor_runtime.adaptors.processes import _registry as registry
from adaptor_runtime.ipc._stream.openjd_messages import environment_line
from adaptor_runtime.statemachine import AdaptorState
from adaptor_runtime_client._messages import Environment, Log, Progress, SessionLogLevel, StatusMessage
from openjd.model import RevisionExtensions, SpecificationRevision
from openjd.sessions._action_filter import ActionMessageKind, ActionMonitoringFilter
from program_ends import SAYS_KILLED_BY_A_STRANGER

RULES = {
    "version": "pathmapping-1.0",
    "path_mapping_rules": [
        {"source_path_format": "WINDOWS", "source_path": "Z:\\", "destination_path": "/mnt/z"},
        {"source_path_format": "POSIX", "source_path": "/studio", "destination_path": "/mnt/studio"},
    ],
}
SECRET = "hunter2"


class Plain(Adaptor):
    integration_data_interface_version = SemanticVersion(1, 0)

    def on_run(self, run_data):
        self.ran = run_data


class WithConstructor(Plain):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.scene = self.init_data.get("scene")


class Configured(Adaptor[dict]):
    integration_data_interface_version = SemanticVersion(1, 0)

    def on_run(self, run_data):
        pass


@attrs.define(eq=False)
class Slotted(Plain):
    retries: int = 3


@attrs.define(eq=False, slots=False)
class WithFields(Plain):
    retries: int = attrs.field(default=3, kw_only=True)


CLASSES = [Plain, WithConstructor, Configured, Slotted, WithFields]


@pytest.fixture
def told():
    """What was put on the stream by way of structlog."""
    messages = []

    class Stream:
        def emit(self, message, body=b""):
            messages.append(message)

    emitter = Emitter(Stream())
    emitter.install()
    yield messages
    emitter.uninstall()


@pytest.mark.parametrize("adaptor_class", CLASSES)
def test_an_adaptor_is_made_of_its_data(adaptor_class):
    adaptor = adaptor_class({"scene": "a.blend"}, path_mapping_data=RULES, config_opts=None)
    assert adaptor.init_data == {"scene": "a.blend"}
    assert adaptor.path_mapping_data == RULES
    assert adaptor.state is AdaptorState.IDLE
    assert getattr(adaptor, "retries", 3) == 3
    assert getattr(adaptor, "scene", "a.blend") == "a.blend"


@pytest.mark.parametrize("adaptor_class", CLASSES)
def test_only_init_data_is_positional(adaptor_class):
    with pytest.raises(TypeError):
        adaptor_class({}, None, None, None)


@pytest.mark.parametrize("adaptor_class", CLASSES)
def test_adaptors_are_equal_to_themselves_only_and_can_be_keys(adaptor_class):
    one, other = adaptor_class({}), adaptor_class({})
    assert one != other
    assert len({one, other, one}) == 2


@pytest.mark.parametrize("adaptor_class", CLASSES)
def test_any_attribute_can_be_set(adaptor_class):
    adaptor = adaptor_class({})
    adaptor.anything = 1
    assert adaptor.anything == 1


@pytest.mark.parametrize("adaptor_class", CLASSES)
def test_the_repr_never_shows_data(adaptor_class):
    adaptor = adaptor_class({"password": SECRET}, path_mapping_data={"path_mapping_rules": [], "note": SECRET})
    assert adaptor_class.__name__ in repr(adaptor)
    assert SECRET not in repr(adaptor)


def test_the_repr_shows_the_state_and_works_before_the_constructor_has_run():
    assert repr(Plain.__new__(Plain)) == "<Plain idle>"


@pytest.mark.parametrize("adaptor_class", [BaseAdaptor, Adaptor, CommandAdaptor])
def test_the_base_classes_are_abstract(adaptor_class):
    with pytest.raises(TypeError, match="abstract"):
        adaptor_class({})


def test_an_adaptor_that_declares_no_version_is_abstract():
    class NoVersion(Adaptor):
        def on_run(self, run_data):
            pass

    with pytest.raises(TypeError, match="integration_data_interface_version"):
        NoVersion({})


def test_the_version_may_be_a_property():
    class Property(Plain):
        @property
        def integration_data_interface_version(self):
            return SemanticVersion(2, 1)

    assert Property({}).integration_data_interface_version == SemanticVersion(2, 1)


@pytest.mark.parametrize("path", ["/studio/a.exr", PurePosixPath("/studio/a.exr")])
def test_a_path_is_mapped(path):
    assert Plain({}, path_mapping_data=RULES).map_path(path) == os.path.normpath("/mnt/studio/a.exr")


def test_without_rules_a_path_is_unchanged():
    assert Plain({}).map_path("/studio/a.exr") == "/studio/a.exr"
    assert Plain({}).path_mapping_rules == []


def test_the_rules_are_a_copy():
    adaptor = Plain({}, path_mapping_data=RULES)
    adaptor.path_mapping_rules.clear()
    assert len(adaptor.path_mapping_rules) == 2


def test_rules_added_later_apply():
    adaptor = Plain({}, path_mapping_data=copy.deepcopy(RULES))
    rule = adaptor.path_mapping_rules[1]
    assert adaptor.map_path("/other/x") == "/other/x"
    adaptor._path_mapping_rules.append(
        type(rule)(source_path_format="POSIX", source_path="/other", destination_path="/o")
    )
    assert adaptor.map_path("/other/x") == os.path.normpath("/o/x")


def test_progress_and_status_are_sent(told):
    Plain.update_status(progress=50, status_message="half")
    assert told == [Progress(50.0), StatusMessage("half")]


@pytest.mark.parametrize(
    "values", [{}, {"progress": float("nan")}, {"progress": float("inf")}, {"status_message": " \n"}]
)
def test_a_status_that_a_scheduler_would_not_read_is_a_warning(told, values):
    Plain({}).update_status(**values)
    assert [(type(message), message.level) for message in told] == [(Log, "WARNING")]


def test_variables_are_set_and_unset(told):
    adaptor = Plain({})
    adaptor.set_environment_variable("A", "1")
    adaptor.set_environment_variable("B", SECRET, redact=True)
    adaptor.unset_environment_variable("A")
    assert told == [Environment("set", "A", "1"), Environment("redact", "B", SECRET), Environment("unset", "A", "")]


@pytest.mark.parametrize("name", ["", "1A", "A B", "A=B", "A\n", "Ä"])
def test_a_name_that_makes_a_scheduler_fail_the_action_is_rejected(told, name):
    with pytest.raises(ValueError, match="is not a valid environment variable name"):
        Plain({}).set_environment_variable(name, "1")
    with pytest.raises(ValueError, match="is not a valid environment variable name"):
        Plain({}).unset_environment_variable(name)
    assert told == []


def test_the_log_level_of_the_session_is_set(told):
    Plain.set_session_log_level("DEBUG")
    assert told == [SessionLogLevel("DEBUG")]
    with pytest.raises(ValueError, match="LOUD"):
        Plain.set_session_log_level("LOUD")


def test_cancel_by_hand_calls_the_hook():
    class Cancelable(Plain):
        def on_cancel(self):
            self.canceled = True

    adaptor = Cancelable({})
    adaptor.cancel()
    assert adaptor.canceled


class Program(ManagedProcess):
    def get_executable(self):
        return sys.executable

    def get_arguments(self):
        return ["-S", "-c", self.run_data["program"]]


class Command(CommandAdaptor):
    integration_data_interface_version = SemanticVersion(1, 0)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.called = []

    def get_managed_process(self, run_data):
        self.called.append("get_managed_process")
        self.program = Program(run_data)
        return self.program

    def on_prerun(self):
        assert self.program.process is None
        self.called.append("on_prerun")

    def on_postrun(self):
        assert self.program.process.returncode is not None
        self.called.append("on_postrun")


@pytest.fixture
def output():
    lines = []
    registry.set_output(lambda name, block: lines.append((name, block)))
    yield lines
    registry.set_output(None)


def test_a_command_runs_between_prerun_and_postrun(output):
    adaptor = Command({})
    adaptor.on_run({"program": "print('hello')"})
    assert adaptor.called == ["get_managed_process", "on_prerun", "on_postrun"]
    assert output == [("stdout", b"hello\n")]


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import sys; sys.exit(3)", "exited with 3"),
        ("import os; os.kill(os.getpid(), 9)", re.escape(SAYS_KILLED_BY_A_STRANGER)),
        ("print('no license'); raise SystemExit(1)", "its last line: no license"),
    ],
)
def test_a_command_that_fails_raises_and_postrun_is_not_called(output, program, words):
    adaptor = Command({})
    with pytest.raises(Exception, match=words):
        adaptor.on_run({"program": program})
    assert adaptor.called == ["get_managed_process", "on_prerun"]


def test_exit_codes_that_the_class_declares_are_a_success(output):
    class Lenient(Command):
        success_exit_codes = (0, 3)

    adaptor = Lenient({})
    adaptor.on_run({"program": "raise SystemExit(3)"})
    assert adaptor.called[-1] == "on_postrun"
    with pytest.raises(Exception, match="exited with 4"):
        adaptor.on_run({"program": "raise SystemExit(4)"})


def test_after_a_cancel_between_two_commands_the_next_is_not_started(output):
    adaptor = Command({})
    adaptor.on_cancel()
    with pytest.raises(Exception, match="was not started"):
        adaptor.on_run({"program": "print('never')"})
    assert output == []


@pytest.mark.parametrize("redact", [True, False])
@pytest.mark.parametrize("value", ["x" * 70_000, "\u00e9" * 33_000, "x\n" * 25_000])
@pytest.mark.faults("Secrets")
def test_a_variable_that_a_scheduler_would_cut_is_rejected_before_it_is_printed(told, value, redact):
    with pytest.raises(ValueError, match=r"^the value of A makes a message of \d+ bytes"):
        Plain({}).set_environment_variable("A", value, redact=redact)
    assert told == []


@pytest.mark.parametrize(
    "value", ["one line", "first-secret\nmiddle-secret\nlast-secret\n", " blanks-around\t", "\r\nodd\u2028"]
)
@pytest.mark.faults("Secrets")
def test_a_scheduler_masks_a_redacted_value_of_any_shape_and_sets_it_whole(value):
    found = {}
    masking = ActionMonitoringFilter(
        session_id="s",
        callback=lambda kind, content, _canceled: found.update({kind: content}),
        revision_extensions=RevisionExtensions(
            spec_rev=SpecificationRevision.v2023_09, supported_extensions=["REDACTED_ENV_VARS"]
        ),
    )
    line = environment_line("redact", "A", value)
    record = logging.makeLogRecord({"msg": line, "session_id": "s"})
    masking.filter(record)
    assert "\n" not in line
    assert found == {ActionMessageKind.ENV: {"name": "A", "value": value}}
    assert not any(part.strip() in str(record.msg) for part in value.split("\n") if part.strip())
