"""How often and how long a machine was in each state."""

from __future__ import annotations

from adaptor_runtime.statemachine import Record
from adaptor_runtime.statemachine._incidents import incidents_of
from adaptor_runtime.statemachine._visits import Visits, visits_of


def moved(sequence, source, target, time, **more):
    return Record(sequence, "transition", "go", source, target, time=time, **more)


def test_the_first_state_begins_with_the_hook_that_leaves_it():
    records = [moved(1, "idle", "started", 10.0, hook="on_start", seconds=4.0), moved(2, "started", "running", 11.5)]
    assert visits_of(records) == {"idle": Visits(1, 4.0), "started": Visits(1, 1.5), "running": Visits(1, None)}


def test_refusals_take_no_time_of_their_own():
    refused = Record(2, "refused", "go", "started", "started", time=11.0)
    records = [moved(1, "idle", "started", 10.0), refused, moved(3, "started", "stopped", 12.0)]
    assert visits_of(records)["started"] == Visits(1, 2.0)


def test_nothing_is_counted_from_one_session_to_the_next():
    records = [
        moved(1, "idle", "started", 1000.0),
        moved(2, "started", "cleaned", 1001.0),
        moved(1, "idle", "started", 3.0),
        moved(2, "started", "cleaned", 5.0),
    ]
    assert visits_of(records) == {"idle": Visits(2, None), "started": Visits(2, 3.0), "cleaned": Visits(2, None)}


def test_a_clock_that_goes_back_takes_nothing_away():
    records = [moved(1, "idle", "started", 10.0), moved(2, "started", "running", 4.0)]
    assert visits_of(records)["started"] == Visits(1, 0.0)


def test_the_first_cause_of_the_end_comes_first():
    late = Record(3, "settled", "run", "canceled", "canceled", "OSError: gone", "on_run", 2.0, "raised")
    failed = moved(
        4, "canceled", "failed", 5.0, cause="on_stop exceeded its deadline", hook="on_stop", outcome="abandoned"
    )
    told = incidents_of([moved(1, "running", "canceled", 1.0, cause="SIGTERM"), late, failed])
    assert [incident.text for incident in told] == [
        "canceled while running: SIGTERM",
        "on_run raised: OSError: gone",
        "on_stop was abandoned: on_stop exceeded its deadline",
    ]
