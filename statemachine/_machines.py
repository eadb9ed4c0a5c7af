"""Which table a record belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._states import ADAPTOR
from ._table import OF_APPLICATION

if TYPE_CHECKING:
    from ._history import Record
    from ._table import Table


def table_of(record: Record) -> Table[Any, Any] | None:
    """Return the table of the machine that made ``record``; None for a machine of a later release."""
    if record.machine == ADAPTOR.machine:
        return ADAPTOR
    if record.machine == OF_APPLICATION:
        from ._application_states import APPLICATION  # in a function, because most sessions have no such machine

        return APPLICATION
    return None
