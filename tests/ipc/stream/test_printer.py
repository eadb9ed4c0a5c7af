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
    ("kind", "level", "printed"),
    [
        ("transition", "", "INFO: "),
        ("refused", "", "WARNING: "),
        ("transition", "DEBUG", "DEBUG: "),
        ("transition", "openjd_fail", "LEVEL openjd_fail: "),
    ],
)
def test_without_a_level_the_kind_of_a_record_decides(kind, level, printed):
    assert transition_text({**RECORD, "kind": kind}, level).startswith(printed)
