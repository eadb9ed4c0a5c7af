from __future__ import annotations

import pytest
from adaptor_runtime.adaptors._messages.emitter import Emitter
from adaptor_runtime_client._messages import Progress, StatusMessage


class Nowhere:
    """A stream that nobody reads."""

    def emit(self, message, body=b""):
        """Drop it."""


@pytest.mark.parametrize(
    "say",
    [
        lambda emitter: emitter.output("stdout", b"a line\n"),
        lambda emitter: emitter.log("INFO", "a record"),
        lambda emitter: emitter.own("WARNING", "a record of the runtime", {}),
        lambda emitter: emitter.event("INFO", Progress(1.0)),
        lambda emitter: emitter.event("INFO", StatusMessage("loading")),
    ],
)
def test_the_age_of_the_output_is_that_of_the_last_line_of_any_kind(say):
    emitter = Emitter(Nowhere())
    assert emitter.latest.to_dict()["seconds"] is None
    say(emitter)
    assert emitter.latest.to_dict()["seconds"] >= 0
