"""An adaptor with data classes, however its author writes it, made by hand as in a unit test."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from typing import ClassVar, TypedDict

import attrs
import pytest
from adaptor_runtime import (
    Adaptor,
    BadInputError,
    CommandAdaptor,
    Frames,
    ManagedProcess,
    MappedPath,
    SemanticVersion,
)
from adaptor_runtime.adaptors import AdaptorRunner
from adaptor_runtime.adaptors._hosting.class_check import check_class
from adaptor_runtime.adaptors._hosting.data_checks import DataChecks
from adaptor_runtime.adaptors._hosting.session_setup import prepare
from adaptor_runtime.adaptors._messages.emitter import Emitter

RULE = {"source_path_format": "POSIX", "source_path": "/studio", "destination_path": "/mnt"}
SCENE, OUTPUT = map(os.path.normpath, ("/mnt/a", "/mnt/o"))
"""The scene and the output of the tests below, as the rule maps them on each system."""
RULES = {"version": "pathmapping-1.0", "path_mapping_rules": [RULE]}


@attrs.define
class Shared:
    frame: Frames
    output: MappedPath = MappedPath("")  # noqa: RUF009  it cannot be changed


class Typed(Adaptor):
    data_version = SemanticVersion(1, 0)

    @attrs.define
    class InitData:
        scene_file: MappedPath
        retries: int = 3

    RunData = Shared

    def on_run(self, run_data):
        self.ran = run_data


class WithConstructor(Typed):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.scene = self.init_data.scene_file


class Adding(Typed):
    def __init__(self, init_data, **kwargs):
        super().__init__({**init_data, "retries": 5}, **kwargs)


class Inherited(WithConstructor):
    pass


@attrs.define(eq=False)
class Slotted(Typed):
    more: int = 3


@attrs.define(eq=False, slots=False)
class Annotated(Typed):
    more: int = attrs.field(default=3, kw_only=True)


@attrs.frozen(eq=False, slots=False)
class Frozen(Typed):
    def on_run(self, run_data):
        print("ran")


@attrs.define(eq=False)
class FieldOfItsOwn(Typed):
    init_data: Typed.InitData


@attrs.define(eq=False)
class FinishedByItself(Typed):
    def __attrs_post_init__(self):
        super().__attrs_post_init__()
        self.scene = self.init_data.scene_file


CLASSES = [Typed, WithConstructor, Adding, Inherited, Slotted, Annotated, Frozen, FieldOfItsOwn, FinishedByItself]


class OfItsOwn(Typed):
    """A constructor that does not call ours."""

    def __init__(self, init_data, path_mapping_data=None):
        self.init_data = init_data


class OfItsOwnWithoutData(Typed):
    def __init__(self, init_data, path_mapping_data=None):
        pass


@attrs.define(eq=False)
class FinishedWithoutOurs(Typed):
    def __attrs_post_init__(self):
        pass


@pytest.mark.parametrize("adaptor_class", CLASSES)
def test_init_data_is_an_instance_with_mapped_paths(adaptor_class):
    adaptor = adaptor_class({"scene_file": "/studio/a"}, path_mapping_data=RULES)
    assert isinstance(adaptor.init_data, Typed.InitData)
    assert (adaptor.init_data.scene_file, adaptor.init_data.scene_file.original) == (SCENE, "/studio/a")
    assert adaptor.init_data.retries == (5 if adaptor_class is Adding else 3)
    assert getattr(adaptor, "scene", SCENE) == SCENE


@pytest.mark.parametrize("adaptor_class", CLASSES)
def test_init_data_that_does_not_fit_is_refused_where_the_adaptor_is_made(adaptor_class):
    with pytest.raises(BadInputError, match='the init data does not fit: "scene_file" is a required property'):
        adaptor_class({})


@pytest.mark.parametrize("adaptor_class", [*CLASSES, OfItsOwn, OfItsOwnWithoutData, FinishedWithoutOurs])
def test_a_session_has_typed_init_data_whatever_the_constructor_does(adaptor_class, stream):
    setup = prepare(check_class(adaptor_class), {"scene_file": "/studio/a"}, RULES, {})
    adaptor = setup.construct()
    setup.complete(Emitter(stream), adaptor)
    assert isinstance(adaptor.init_data, Typed.InitData)
    assert adaptor.init_data.scene_file == SCENE


def test_the_data_that_a_constructor_and_a_recovery_get_stays_a_dictionary():
    data = {"scene_file": "/studio/a"}
    prepare(Typed, data, RULES, {})
    assert data == {"scene_file": "/studio/a"}


def test_an_instance_is_taken_as_it_is():
    data = Typed.InitData(scene_file=MappedPath("/a"))
    assert Typed(data).init_data is data
    assert Typed({"scene_file": MappedPath("/mnt/a", "/studio/a")}).init_data.scene_file.original == "/studio/a"


def test_a_hook_is_called_by_hand_with_an_instance():
    adaptor = Typed({"scene_file": "/a.blend"})
    adaptor.on_run(Typed.RunData(frame=Frames("1-3")))
    assert list(adaptor.ran.frame) == [1, 2, 3]


def test_a_copy_of_an_adaptor_keeps_its_data():
    adaptor = Typed({"scene_file": "/studio/a"}, path_mapping_data=RULES)
    assert copy.deepcopy(adaptor).init_data == adaptor.init_data


@pytest.mark.parametrize("is_checked", [True, False])
def test_on_run_gets_an_instance_even_from_a_runner_that_checks_nothing(stream, is_checked):
    adaptor = Typed({"scene_file": "/a"}, path_mapping_data=RULES)
    check = DataChecks.of(Typed, RULES).check_run_data if is_checked else None
    runner = AdaptorRunner(adaptor, emitter=Emitter(stream), check_run_data=check)
    assert runner.wait(runner.start()).succeeded
    assert runner.wait(runner.run({"frame": "1-3", "output": "/studio/o"})).succeeded
    assert adaptor.ran == Shared(Frames("1-3"), MappedPath(OUTPUT))
    refused = runner.wait(runner.run({"frame": "x"}))
    assert "at frame, 'x' is not a frame range" in refused.message
    assert refused.exit_code == (2 if is_checked else 1)
    assert runner.wait(runner.stop()).succeeded
    runner.close()


def test_a_command_gets_the_data_of_its_task():
    class Program(ManagedProcess):
        def get_executable(self):
            return sys.executable

        def get_arguments(self):
            return ["-S", "-c", f"import sys; sys.exit({len(self.run_data.frame)})"]

    class Command(CommandAdaptor):
        data_version = SemanticVersion(1, 0)
        RunData = Shared
        success_exit_codes = (3,)

        def get_managed_process(self, run_data):
            return Program(run_data)

    Command({}).on_run(Shared(Frames("1-3")))


def test_a_schema_and_a_class_both_apply_the_schema_first():
    class Both(Typed):
        run_data_schema: ClassVar = {
            "properties": {"frame": {"type": "integer"}, "output": {"default": "/studio/o"}},
            "required": ["frame"],
        }

    check = DataChecks.of(Both, RULES).check_run_data
    assert check({"frame": 1}) == Shared(Frames(1), MappedPath(OUTPUT))
    with pytest.raises(BadInputError, match='does not fit the schema: at frame, "1" is not of type "integer"'):
        check({"frame": "1"})
    with pytest.raises(BadInputError, match=r"does not fit: 'fram' was unexpected \(did you mean 'frame'\?\)"):
        check({"frame": 1, "fram": 2})


def test_an_adaptor_without_data_classes_keeps_its_dictionaries():
    class Plain(Adaptor):
        data_version = SemanticVersion(1, 0)

        class RunData(TypedDict):
            frame: int

        def on_run(self, run_data):
            self.ran = run_data

    data = {"a": 1}
    assert Plain(data).init_data is data
    assert check_class(Plain) is Plain
    assert DataChecks.of(Plain).check_run_data(data) is data


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("InitData", type("InitData", (), {}), ".InitData is not an attrs class; write @attrs.define above it"),
        (
            "RunData",
            attrs.make_class("RunData", {"a": attrs.field(type=bytes)}),
            ".RunData.a has the type bytes; write",
        ),
    ],
)
def test_a_class_that_cannot_be_used_is_bad_input(name, value, words):
    broken = type("Broken", (Typed,), {name: value})
    with pytest.raises(BadInputError) as raised:
        check_class(broken)
    assert str(raised.value).startswith(f"the adaptor Broken cannot be used: Broken{words}")


def test_by_hand_a_class_that_cannot_be_used_is_named():
    class Broken(Typed):
        InitData = attrs.make_class("InitData", {"a": attrs.field(type=bytes)})

    with pytest.raises(BadInputError, match=r"Broken\.InitData\.a has the type bytes"):
        Broken({"a": 1})


@pytest.mark.unmeasured
def test_only_data_of_a_class_loads_cattrs():
    program = """
import sys
from adaptor_runtime import Adaptor, SemanticVersion
from adaptor_runtime.adaptors._hosting.session_setup import prepare

class Plain(Adaptor):
    data_version = SemanticVersion(1, 0)
    init_data_schema = {"type": "object"}
    def on_run(self, run_data): pass

prepare(Plain, {}, {}, {}).construct()
print(*[name for name in sys.modules if name.startswith(("cattr", "adaptor_runtime.adaptors._typed_data"))])
"""
    done = subprocess.run([sys.executable, "-c", program], env=os.environ, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
