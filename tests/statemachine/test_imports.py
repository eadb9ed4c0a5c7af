"""What importing the package costs, and what it offers."""

from __future__ import annotations

import subprocess
import sys

import pytest
from adaptor_runtime import statemachine


def modules_of(program):
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def loaded_after(statement):
    """Return the modules that a statement loads in a new interpreter, beyond those that are there anyway."""
    show = "import sys\nprint(*sys.modules)"
    return modules_of(f"import sys\n{statement}\n{show}") - modules_of(show)


def test_the_names_of_the_states_cost_only_the_standard_library():
    loaded = loaded_after("from adaptor_runtime.statemachine import TRANSITIONS, AdaptorState, Trigger")
    assert "adaptor_runtime.statemachine._states" in loaded
    assert not loaded & {"transitions", "attr", "attrs", "logging", "threading"}


def test_a_lifecycle_alone_loads_nothing_of_the_machine_of_applications():
    loaded = loaded_after("from adaptor_runtime.statemachine import IllegalCallError, Lifecycle, path\nLifecycle()")
    assert not {module for module in loaded if "_application" in module}


@pytest.mark.parametrize(
    "name", ["APPLICATION_TRANSITIONS", "ApplicationState", "IllegalCallError", "Record", "draw", "path"]
)
def test_errors_records_and_drawings_cost_only_the_standard_library(name):
    loaded = loaded_after(f"from adaptor_runtime.statemachine import {name}")
    assert not loaded & {"transitions", "attr", "attrs", "logging", "threading"}


def test_transitions_is_loaded_when_a_lifecycle_is_built_and_not_before():
    statement = (
        "from adaptor_runtime.statemachine import Lifecycle\nassert 'transitions' not in sys.modules\nLifecycle()"
    )
    assert "transitions" in loaded_after(statement)


def test_every_public_name_is_there_and_sorted_as_ruff_sorts_them():
    constants = [name for name in statemachine.__all__ if name.isupper()]
    classes = [name for name in statemachine.__all__ if name[0].isupper() and not name.isupper()]
    functions = [name for name in statemachine.__all__ if name.islower()]
    assert statemachine.__all__ == [*sorted(constants), *sorted(classes), *sorted(functions)]
    assert all(getattr(statemachine, name) is not None for name in statemachine.__all__)
    assert set(statemachine.__all__) <= set(dir(statemachine))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'Adaptor'"):
        statemachine.Adaptor  # noqa: B018
