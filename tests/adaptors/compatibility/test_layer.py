"""The names of the reference runtime, as adaptors and applications import them with the layer in front."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

NAMES = {
    "openjd.adaptor_runtime": "EntryPoint",
    "openjd.adaptor_runtime.adaptors": "Adaptor CommandAdaptor BaseAdaptor AdaptorConfigurationOptions"
    " AdaptorDataValidator AdaptorDataValidators AdaptorRunner AdaptorState PathMappingRule SemanticVersion",
    "openjd.adaptor_runtime.adaptors.configuration": "AdaptorConfiguration Configuration ConfigurationManager"
    " RuntimeConfiguration",
    "openjd.adaptor_runtime.process": "LoggingSubprocess ManagedProcess StreamLogger",
    "openjd.adaptor_runtime.app_handlers": "RegexCallback RegexHandler",
    "openjd.adaptor_runtime.application_ipc": "ActionsQueue AdaptorServer",
    "openjd.adaptor_runtime._version": "version version_tuple",
    "openjd.adaptor_runtime._utils": "secure_open",
    "openjd.adaptor_runtime._osname": "OSName",
}
CLIENT_NAMES = {
    "openjd.adaptor_runtime_client": "Action PathMappingRule ClientInterface HTTPClientInterface",
    "openjd.adaptor_runtime_client._version": "version",
    "openjd.adaptor_runtime_client.win_client_interface": "WinClientInterface",
    "openjd.adaptor_runtime_client.named_pipe.named_pipe_helper": "NamedPipeHelper",
}
FOREIGN = "raise ImportError('this is the other one')"


@pytest.mark.parametrize("module", NAMES)
def test_each_name_is_the_one_of_this_runtime(python, module):
    ours = module.replace("openjd.", "", 1)
    for name in NAMES[module].split():
        python(f"from {module} import {name}\nimport {ours} as ours\nassert {name} is ours.{name}")


@pytest.mark.parametrize("module", CLIENT_NAMES)
def test_each_name_of_the_client_exists(python, module):
    for name in CLIENT_NAMES[module].split():
        python(f"from {module} import {name}")


def test_a_missing_name_is_an_import_error(python):
    python("import openjd.adaptor_runtime.adaptors as adaptors\nassert not hasattr(adaptors, 'Nothing')")


def test_all_names_can_be_imported_at_once(python):
    python("from openjd.adaptor_runtime.adaptors import *\nAdaptor, SemanticVersion")


def test_nothing_is_loaded_before_it_is_used(python):
    loaded = python("import sys, openjd.adaptor_runtime, openjd.adaptor_runtime.adaptors\nprint(*sys.modules)").split()
    assert not {"click", "attr", "structlog"} & set(loaded)


def test_it_takes_precedence_over_an_installed_reference_runtime(python, distribution):
    site = distribution(adaptor_runtime=FOREIGN, adaptor_runtime_client=FOREIGN)
    python("import openjd.adaptor_runtime, openjd.adaptor_runtime_client", site)


def test_other_packages_in_the_namespace_stay_importable(python, distribution):
    site = distribution(model="", sessions="", adaptor_runtime=FOREIGN)
    python("import openjd.model, openjd.sessions, openjd.adaptor_runtime", site)


def test_without_it_the_names_are_those_of_other_distributions(layer):
    assert str(layer) not in sys.path
    found = importlib.util.find_spec("openjd.adaptor_runtime")
    assert found is None or layer not in Path(found.origin).parents


def test_the_folder_for_the_application_holds_only_the_client(python):
    program = "import os, openjd.adaptor_runtime_client as c; print(os.path.dirname(os.path.dirname(c.__file__)))"
    folder = Path(python(program))
    assert [path.name for path in folder.iterdir() if path.name != "__pycache__"] == ["adaptor_runtime_client"]


@pytest.mark.parametrize(
    "imports",
    [
        "from adaptor_runtime_client import ClientInterface",
        "from openjd.adaptor_runtime_client import ClientInterface",
        "from openjd.adaptor_runtime_client.win_client_interface import WinClientInterface as ClientInterface",
    ],
)
def test_an_application_without_other_packages_gets_the_client_by_any_of_its_names(python, imports, layer):
    program = f"{imports}\nimport sys\nprint('attr' in sys.modules, ClientInterface.__module__)"
    said = python(program, layer.parents[1] / "ipc" / "client", options=["-S"])
    assert said.startswith("False ")


def test_an_entry_point_that_another_program_calls_returns(python):
    """As a published program does that goes on after it, or turns what is raised into an exit code of its own."""
    program = """
import sys
from openjd.adaptor_runtime import EntryPoint
from studio.published.adaptor import PublishedAdaptor
sys.argv = ["wrapper", "graph"]
result = EntryPoint(PublishedAdaptor).start()
print("came back with", result)
sys.argv = ["wrapper", "no-such-command"]
try:
    EntryPoint(PublishedAdaptor).start()
except Exception:
    print("an exception")
except SystemExit as error:
    print("exit code", error.code)
"""
    said = python(program, Path(__file__).parent / "sample_adaptors")
    assert "came back with None" in said
    assert said.endswith("exit code 2")
