"""docs/lifecycle.md says what the table says."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import pytest
from adaptor_runtime.statemachine import TRANSITIONS, AdaptorState
from adaptor_runtime.statemachine._document import generated, main, renewed

DOCUMENT = Path(__file__).parents[2] / "docs" / "lifecycle.md"


def test_the_document_is_not_stale():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert renewed(text) == text, "run: python -m adaptor_runtime.statemachine._document"


def test_the_generated_part_holds_each_row_and_the_diagram():
    rows = [line for line in generated().splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [row.trigger.value for row in TRANSITIONS]
    assert "```mermaid\nstateDiagram-v2\n" in generated()


def test_the_document_explains_each_state():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert all(f"\n| {state} | " in text for state in AdaptorState)


def test_the_example_in_the_document_runs():
    assert doctest.testfile(str(DOCUMENT), module_relative=False).failed == 0


def test_a_stale_document_is_rewritten_and_its_prose_is_kept(tmp_path):
    file = tmp_path / "lifecycle.md"
    text = DOCUMENT.read_text(encoding="utf-8")
    file.write_text(text.replace(generated(), "old\n"), encoding="utf-8")
    command = [sys.executable, "-m", "adaptor_runtime.statemachine._document", str(file)]
    subprocess.run(command, check=True)
    assert file.read_text(encoding="utf-8") == text


def test_without_an_argument_the_document_of_this_repository_is_meant(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="lifecycle"):
        main([])


@pytest.mark.parametrize("text", ["", "no markers"])
def test_a_document_without_markers_is_refused(text):
    with pytest.raises(ValueError, match="has to stand between"):
        renewed(text)


def test_a_document_with_the_markers_twice_is_refused():
    text = DOCUMENT.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="has to stand between"):
        renewed(text + text)
