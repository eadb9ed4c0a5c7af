"""What an author writes as an attribute of a class is checked before the session, whatever it is."""

from __future__ import annotations

import attrs
import pytest
from adaptor_runtime import ApplicationAdaptor, CommandAdaptor, OnLoss, Restart, SemanticVersion
from adaptor_runtime.adaptors import BaseAdaptor
from adaptor_runtime.adaptors._hosting.class_check import attributes_of, check_class
from adaptor_runtime.adaptors._hosting.mistaken_names import warnings
from adaptor_runtime.ipc._errors import BadInputError
from adaptor_runtime.testing import FakeApplication, session

pytestmark = pytest.mark.faults("Authors' classes")


class Command(CommandAdaptor):
    data_version = SemanticVersion(1, 0)

    def launch(self, run_data): ...


class Application(ApplicationAdaptor):
    data_version = SemanticVersion(1, 0)

    def launch(self):
        return FakeApplication().answers("x", FakeApplication().says("x")).command

    def on_run(self, run_data):
        self.application.ask("x", "x")


def made(base, **attributes):
    return type("Mine", (base,), {"__module__": __name__, **attributes})


WRONG_WITH_PROGRAM = [
    ("stop_signal", "SIGKILL", "write the name of a signal"),
    ("stop_signal", 2, "write the name of a signal"),
    ("stop_grace", "5", "write a number of seconds"),
    ("stop_grace", -1, "write a number of seconds"),
    ("stop_grace", float("inf"), "write a number of seconds"),
    ("stop_grace", True, "write a number of seconds"),
    ("encoding", "utf-99", "such as 'utf-8'"),
    ("encoding", "base64", "such as 'utf-8'"),
    ("encoding", None, "such as 'utf-8'"),
    ("merge_output", 1, "write True or False"),
    ("follow_launcher", "yes", "write True, False, or None"),
    ("startup_directory", "", "write the path of a folder"),
    ("startup_directory", 3, "write the path of a folder"),
    ("output_patience", None, "write a number of seconds"),
    ("rules_file", "", "write the name of a file"),
    ("cleanup_after_loss", 1, "write True or False"),
    ("RunData", 5, "write a class with @attrs.define"),
    ("InitData", "scene", "write a class with @attrs.define"),
]
WRONG_IN_COMMAND = [("success_exit_codes", [True], "(0, 3)")]
WRONG_IN_APPLICATION = [
    ("on_loss", "nonsense", "write on_loss = OnLoss.RESTART"),
    ("on_loss", "RESTART", "write on_loss = OnLoss.RESTART"),
    ("on_loss", None, "write on_loss = OnLoss.RESTART"),
    ("restart", {"after_tasks": 1}, "write restart = Restart(after_tasks=200)"),
    ("restart", Restart, "write restart = Restart(after_tasks=200)"),
    ("restart", lambda self: None, ".restart is a method; write restart = Restart("),
    ("stop_grace", None, "write a number of seconds"),
    ("client_file", 3, "write the name of a file"),
    ("client", 3, "write the path of the client"),
    ("each", 3, "hooks call each(items)"),
    ("application", "maya", "write it under another name"),
    ("application", lambda self: None, "write it under another name"),
    ("status_file", "render.log", "write a method"),
    ("environment", {"A": "b"}, "write a method"),
]


def rows(base, *lists):
    unknown = ("stop_signal", "SIGFOO", "write the name of a signal")
    only_there = pytest.mark.posix("any name of a signal will do on Windows")
    return [pytest.param(base, *unknown, marks=only_there), *((base, *row) for rows in lists for row in rows)]


@pytest.mark.parametrize(
    ("base", "name", "value", "said"),
    [
        *rows(Command, WRONG_WITH_PROGRAM, WRONG_IN_COMMAND),
        *rows(Application, WRONG_WITH_PROGRAM, WRONG_IN_APPLICATION),
    ],
)
def test_an_attribute_that_cannot_be_used_is_one_line_that_says_what_to_write(base, name, value, said):
    with pytest.raises(BadInputError) as raised:
        check_class(made(base, **{name: value}))
    message = str(raised.value)
    assert f"Mine.{name} " in message
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("base", "names"),
    [
        (Command, {"stop_grace": None, "stop_signal": "SIGINT", "encoding": "cp1252", "follow_launcher": True}),
        (Command, {"success_exit_codes": range(3), "startup_directory": ".", "RunData": dict[str, int]}),
        (Application, {"restart": Restart(), "on_loss": "restart", "stop_grace": 0, "client_file": None}),
        (Application, {"restart": property(lambda self: Restart()), "client": property(lambda self: None)}),
        (Application, {"startup_directory": None}),
        (Application, {"on_loss": OnLoss.FAIL_TASK, "client_file": "test_class_attributes.py"}),
    ],
)
def test_an_attribute_that_works_is_accepted(base, names):
    mine = made(base, **names)
    assert check_class(mine) is mine


def test_an_adaptor_with_get_managed_process_may_give_the_names_of_launch_to_what_it_likes():
    names = {"stop_signal": 3, "stop_grace": "long", "encoding": 7, "startup_directory": 0}
    mine = made(Command, get_managed_process=lambda self, run_data: None, **names)
    assert check_class(mine) is mine


def test_the_fields_of_an_attrs_class_are_of_its_instances():
    @attrs.define
    class Mine(Application):
        stop_grace: float = 3.0

    assert check_class(Mine) is Mine


@pytest.mark.parametrize("base", [Command, Application])
def test_every_attribute_of_the_base_classes_is_in_the_table(base):
    documented = {
        name
        for owner in (BaseAdaptor, CommandAdaptor, ApplicationAdaptor)
        if issubclass(base, owner)
        for name, kind in owner.__annotations__.items()
        if "ClassVar" in str(kind)
    }
    assert documented == set(attributes_of(base))


@pytest.mark.parametrize("loss", list(OnLoss))
def test_on_loss_is_accepted_by_its_text(loss):
    assert made(Application, on_loss=str(loss)).on_loss is loss


def test_an_application_whose_loss_was_given_as_a_text_is_launched_again(tmp_path):
    lost = tmp_path / "lost"

    def on_run(self, run_data):
        self.application.ask("x", "x")
        if not lost.exists():
            lost.touch()
            self.application.process.end_on_behalf(0, "the test")
            self.application.ask("x", "x")

    with session(made(Application, on_loss="fail task", on_run=on_run)) as one:
        one.run(check=False)
        assert one.run().exit_code == 0


@pytest.mark.parametrize(
    ("base", "name", "value", "said"),
    [
        (Application, "on_laod", lambda self: None, "nothing calls on_laod: is it meant to be on_load?"),
        (Application, "on_Load", lambda self: None, "nothing calls on_Load: is it meant to be on_load?"),
        (Application, "enviroment", lambda self: {}, "nothing calls enviroment: is it meant to be environment?"),
        (Application, "on_los", OnLoss.RESTART, "nothing reads on_los: is it meant to be on_loss?"),
        (Application, "rule", [], "nothing reads rule: is it meant to be rules?"),
        (Command, "stdIn", lambda self, run_data: "", "nothing calls stdIn: is it meant to be stdin?"),
        (Command, "deadline", 5, "nothing reads deadline: is it meant to be deadlines?"),
        (Command, "Rundata", type("Rundata", (), {}), "nothing reads Rundata: is it meant to be RunData?"),
    ],
)
def test_a_misspelt_name_is_hinted_at(base, name, value, said):
    assert list(warnings(check_class(made(base, **{name: value})))) == [said]


def test_an_authors_own_names_are_no_misspelt_ones():
    names = dict.fromkeys(
        ["on_progress", "on_error", "on_restart", "on_done", "render", "paint", "run", "stop", "load", "ready"],
        lambda self: None,
    )
    values = dict.fromkeys(["scene", "clients", "frame", "retries", "role", "encoder", "restart_count", "_rule"], 1)
    assert list(warnings(check_class(made(Application, **names, **values)))) == []
