"""A chunk that is run again only does what is missing."""

from __future__ import annotations

from adaptor_runtime.testing import session
from kept_application import Driven, made


def chunk(self, run_data):
    for frame in self.each([1, 2, 3], skip_existing=lambda frame: f"{run_data['folder']}/{frame}.png"):
        self.rendered.append(frame)
        with open(f"{run_data['folder']}/{frame}.png", "w") as file:
            file.write("picture")


def outputs(self, run_data):
    return [f"{run_data['folder']}/{frame}.png" for frame in (1, 2, 3)]


def test_items_whose_output_exists_are_skipped_and_count_as_done(tmp_path):
    (tmp_path / "1.png").write_text("picture")
    (tmp_path / "2.png").touch()  # a crash left it empty
    adaptor = made(Driven, on_run=chunk, expected_outputs=outputs, rendered=[])
    with session(adaptor) as one:
        task = one.run({"folder": str(tmp_path)})
        assert task.progress[-1] == 100
    assert adaptor.rendered == [2, 3]
    assert "skipped, because its output exists" in one.text


def test_a_chunk_that_is_complete_does_nothing_and_succeeds(tmp_path):
    for frame in (1, 2, 3):
        (tmp_path / f"{frame}.png").write_text("picture")
    adaptor = made(Driven, on_run=chunk, expected_outputs=outputs, rendered=[])
    with session(adaptor) as one:
        assert one.run({"folder": str(tmp_path)}).progress == [100]
    assert adaptor.rendered == []


def test_the_expected_outputs_may_be_yielded(tmp_path):
    def outputs(self, run_data):
        yield from (tmp_path / f"{frame}.png" for frame in (1, 4))

    with session(made(Driven, on_run=chunk, expected_outputs=outputs, rendered=[])) as one:
        failed = one.run({"folder": str(tmp_path)}, check=False)
        assert failed.message.endswith(f"the expected output {tmp_path / '4.png'} is missing")
