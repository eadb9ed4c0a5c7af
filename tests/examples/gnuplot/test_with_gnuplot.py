from __future__ import annotations

import pytest
from adaptor_runtime.examples.gnuplot.adaptor import GnuplotAdaptor

pytestmark = pytest.mark.applications


@pytest.fixture
def session(application, adaptor_session, tmp_path):
    application("gnuplot", "gnuplot-nox")
    (tmp_path / "it's data.txt").write_text("1 1\n2 4\n3 9\n")
    return adaptor_session(GnuplotAdaptor, init_data={"data_file": str(tmp_path / "it's data.txt")})


@pytest.fixture
def plot(tmp_path):
    def plot(name, what):
        return {"output": str(tmp_path / name), "what": what}

    return plot


def test_a_task_has_several_plots_of_data_that_was_read_once(session, plot, tmp_path):
    (tmp_path / "it's data.txt").unlink()
    task = session.run({"plots": [plot("a.png", "$data using 1:2 with lines"), plot("b.png", "sin(x)")]})
    assert (task.progress, task.statuses) == ([0, 50, 100], ["plot 1 of 2", "plot 2 of 2"])
    assert {(tmp_path / name).read_bytes()[:4] for name in ("a.png", "b.png")} == {b"\x89PNG"}


@pytest.mark.parametrize(
    ("name", "what", "message"),
    [
        ("a.png", "sin(x", "')' expected"),
        ("a.png", "nothing(x)", "undefined function: nothing"),
        ("no/a.png", "sin(x)", "cannot open file; output not changed"),
        ("a.png", "'no.txt'", "No data in plot"),
    ],
)
def test_an_error_fails_its_task_and_gnuplot_stays_usable(session, plot, tmp_path, name, what, message):
    failed = session.run({"plots": [plot(name, what), plot("never.png", "sin(x)")]}, check=False)
    assert failed.exit_code == 1
    assert "rule gnuplot-error: " in failed.message
    assert message in failed.message
    session.run({"plots": [plot("b.png", "cos(x)")]})
    assert len([line for line in session.lines if "Running command: " in line and line.endswith(" -")]) == 1
    assert (tmp_path / "b.png").read_bytes()[:4] == b"\x89PNG"
    assert not (tmp_path / "never.png").exists()


def test_data_that_is_missing_fails_the_start(application, adaptor_session):
    application("gnuplot", "gnuplot-nox")
    failed = adaptor_session(GnuplotAdaptor, init_data={"data_file": "no.txt"}, check=False).outcome
    assert failed.exit_code == 1
    assert "rule gnuplot-error" in failed.message
