"""Whatever an author's class is made with and whatever its names are, the session is as any other."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.faults("Authors' classes")

HOOKS = ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"]
NAMES = [
    "bind", "expectations", "is_declared", "runtime", "declared", "private", "command", "rules", "mapping", "state",
    "_bind", "_expectations", "_is_declared", "_runtime", "_declared", "_private", "_private_state", "_command",
    "_path_mapping_index", "_given_path_mapping_rules", "_lock", "_process", "_canceled", "_state", "lifecycle",
    "session", "_session", "emitter", "_adaptor", "config", "config_manager",
]  # fmt: skip
START = """
import os, sys
import attrs
from adaptor_runtime.adaptors import Adaptor, CommandAdaptor, ManagedProcess, SemanticVersion

def note(hook):
    with open(os.environ["CALLS_FILE"], "a") as file:
        file.write(hook + "\\n")

class Noting(Adaptor):
    integration_data_interface_version = SemanticVersion(1, 0)
    def on_start(self):
        note("on_start")
        assert self.init_data == {"scene": "a"}, self.init_data
        self.map_path("/a")
        assert not self.expect().done()
    def on_run(self, run_data): note("on_run")
    def on_stop(self): note("on_stop")
    def on_cleanup(self): note("on_cleanup")
"""
CLASSES = {
    "instance attributes": """
class Mine(Noting):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in NAMES:
            setattr(self, name, "the author's")
        note("constructor")
    def on_run(self, run_data):
        note("on_run")
        assert all(getattr(self, name) == "the author's" for name in NAMES)
""",
    "class attributes": """
class Mine(Noting):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        note("constructor")
for name in NAMES:
    setattr(Mine, name, "the author's")
""",
    "methods": """
class Mine(Noting):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        note("constructor")
def method(self, *args, **kwargs):
    raise RuntimeError("called by the runtime")
for name in NAMES:
    setattr(Mine, name, method)
""",
    "fields": """
Fields = attrs.make_class(
    "Fields", {name: attrs.field(default=1, kw_only=True) for name in NAMES if not name.startswith("_")},
    bases=(Noting,), eq=False, slots=False,
)
class Mine(Fields):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        note("constructor")
""",
    "a pre-init of its own": """
@attrs.define(eq=False)
class Mine(Noting):
    retries: int = 3
    def __attrs_pre_init__(self):
        note("constructor")
""",
    "a constructor that does not call ours": """
class Mine(Noting):
    def __init__(self, init_data, *, path_mapping_data=None):
        note("constructor")
""",
    "slots": """
class Mine(Noting):
    __slots__ = ("scene",)
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.scene = 1
        note("constructor")
""",
    "attrs and slots": """
@attrs.define
class Mine(Noting):
    retries: int = 3
    def __attrs_post_init__(self):
        note("constructor")
""",
    "frozen": """
@attrs.frozen(eq=False)
class Mine(Noting):
    retries: int = 3
    def __attrs_post_init__(self):
        note("constructor")
""",
    "attributes of any name": """
class Mine(Noting):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        note("constructor")
    def __getattr__(self, name):
        return "the author's"
""",
    "a constructor with keyword arguments only": """
class Mine(Noting):
    def __init__(self, init_data, path_mapping_data=None):
        super().__init__(init_data, path_mapping_data=path_mapping_data)
        note("constructor")
""",
}
COMMAND = """
class Mine(CommandAdaptor):
    integration_data_interface_version = SemanticVersion(1, 0)
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in NAMES:
            setattr(self, name, "the author's")
        note("constructor")
    def get_managed_process(self, run_data): return Program(run_data)
    def on_start(self): note("on_start")
    def on_prerun(self): note("on_run")
    def on_stop(self): note("on_stop")
    def on_cleanup(self): note("on_cleanup")

class Program(ManagedProcess):
    def get_executable(self): return sys.executable
    def get_arguments(self): return ["-S", "-c", ""]
"""


@pytest.fixture
def author(command_line):
    """Write an adaptor's module and use it."""

    def write(text):
        (command_line.directory / "mine.py").write_text(f"{START}\nNAMES = {NAMES!r}\n{text}")
        command_line.adaptor = "mine:Mine"
        return command_line

    return write


@pytest.mark.parametrize("name", [*CLASSES, "a command"])
def test_run_is_as_of_any_other_class(author, name):
    commands = author(CLASSES.get(name, COMMAND))
    run = commands.run({"scene": "a"})
    assert run.exit_code == 0, run
    assert run.transitions[-1] == ("stopped", "cleaned")
    assert commands.calls == HOOKS


@pytest.mark.parametrize("name", ["instance attributes", "methods", "frozen", "a constructor that does not call ours"])
def test_a_daemon_is_as_of_any_other_class(author, name):
    commands = author(CLASSES[name])
    parts = [commands.start({"scene": "a"}), commands.task(), commands.stop()]
    assert [part.exit_code for part in parts] == [0, 0, 0], parts
    assert commands.calls == HOOKS


def test_an_adaptor_has_only_one_undocumented_attribute(author):
    commands = author("""
class Mine(Noting):
    def on_run(self, run_data):
        print(sorted(vars(self)))
""")
    run = commands.run({"scene": "a"})
    assert "['_BaseAdaptor__private', 'config_opts', 'init_data', 'path_mapping_data']" in run.text
