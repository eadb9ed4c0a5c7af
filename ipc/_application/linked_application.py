"""An application that performs the actions of an adaptor, as the adaptor's server knows it."""

from __future__ import annotations

from typing import NamedTuple


class LinkedApplication(NamedTuple):
    """A connected process that has asked for its first action.

    ``number`` counts the connections of one server, from 1: a process may connect again. ``process`` is the id of the
    process, and ``session`` that of the process that leads its session, or on Windows its job: the one that the adaptor
    started, also if there is a launcher between them. Both are None if the system does not say it. ``release`` is the
    release of its client.
    """

    number: int
    process: int | None
    session: int | None
    release: str
