"""The example without gnuplot."""

from __future__ import annotations

import sys

import pytest
from adaptor_runtime.examples.gnuplot.adaptor import GnuplotAdaptor, quoted

GNUPLOT = """
import sys
for line in sys.stdin:
    if "sin(x;" in line:
        print("         line 0: ')' expected", file=sys.stderr, flush=True)
    else:
        if line.startswith("set output"):
            open(line.split("'")[1], "w").write("plot")
        print("obeyed", file=sys.stderr, flush=True)
"""


class FakeGnuplotAdaptor(GnuplotAdaptor):
    def launch(self):
        return [sys.executable, "-c", GNUPLOT]


@pytest.fixture
def session(adaptor_session, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return adaptor_session(FakeGnuplotAdaptor, init_data={"data_file": "data.txt"})


def test_an_error_fails_its_task_and_the_next_one_asks_the_same_process(session):
    pids = session.application_pids
    failed = session.run({"plots": [{"output": "a.png", "what": "sin(x"}]}, check=False)
    assert failed.message.startswith("on_run failed: rule gnuplot-error: line 0: ')' expected")
    assert session.run({"plots": [{"output": "a.png", "what": "sin(x)"}]}).progress == [0, 100]
    assert session.application_pids == pids != []


def test_a_path_with_a_quotation_mark_is_one_word():
    assert quoted("it's") == "'it''s'"
