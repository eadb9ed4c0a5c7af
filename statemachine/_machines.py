"""All machines, by name: for those who read records, which may be of any machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._application_states import APPLICATION
from ._states import ADAPTOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._table import Table

TABLES: Mapping[str, Table[Any, Any]] = {table.machine: table for table in (ADAPTOR, APPLICATION)}
"""The table of each machine that this release knows, by the name that its records have."""
