"""The line of a record."""

from __future__ import annotations

import pytest
from adaptor_runtime.ipc._stream.printer import transition_text

RECORD = {"sequence": 1, "kind": "transition", "trigger": "start", "source": "idle", "target": "started"}


@pytest.mark.parametrize("machine", [{}, {"machine": "adaptor"}])
def test_a_record_of_the_adaptor_does_not_name_its_machine(machine):
    line = transition_text({**RECORD, **machine})
    assert line == "INFO: transition sequence=1 trigger=start from=idle to=started\n"


def test_a_record_of_an_application_names_it_first():
    line = transition_text({**RECORD, "machine": "application", "application": "my\nopenjd_fail: app"})
    assert (
        line
        == r"INFO: transition application='my\nopenjd_fail: app' sequence=1 trigger=start from=idle to=started" + "\n"
    )


def test_a_record_of_a_machine_of_a_later_release_names_the_machine():
    assert transition_text({**RECORD, "machine": "weather"}).startswith("INFO: transition machine=weather sequence=1 ")


@pytest.mark.parametrize(
    ("kind", "is_routine", "printed"),
    [
        ("transition", False, "INFO: transition "),
        ("transition", True, "DEBUG: transition "),
        ("transition", "openjd_fail: no", "INFO: transition "),
        ("refused", True, "WARNING: refused "),
    ],
)
def test_the_level_of_a_record_is_that_of_its_kind_and_for_debugging_if_it_is_routine(kind, is_routine, printed):
    line = transition_text({**RECORD, "kind": kind, "is_routine": is_routine})
    assert line.startswith(printed)
    assert "is_routine" not in line
