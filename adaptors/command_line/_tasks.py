"""The tasks of ``run``: their data is read and checked before anything starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...ipc._errors import BadInputError
from ..data import load_mapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._hosting.data_checks import DataChecks

OPTION = "--run-data"


def load_tasks(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Return the run data of each task; one task with an empty mapping if no text is given.

    Args:
        texts: The values of the option.

    Raises:
        BadInputError: One of them cannot be read; if there are several, the message says which.
    """
    if not texts:
        return [{}]
    return [load_mapping(text, _name(number, len(texts))) for number, text in enumerate(texts, start=1)]


def check_tasks(tasks: Sequence[dict[str, Any]], checks: DataChecks) -> list[Any]:
    """Check the run data of each task, and return it as the hook gets it.

    Args:
        tasks: The run data.
        checks: The checks.

    Raises:
        BadInputError: One does not fit; if there are several, the message says which.
    """
    checked = []
    for number, task in enumerate(tasks, start=1):
        try:
            checked.append(checks.check_run_data(task))
        except BadInputError as error:
            if len(tasks) == 1:
                raise
            raise BadInputError(f"{_name(number, len(tasks))}: {error}") from None
    return checked


def _name(number: int, count: int) -> str:
    return OPTION if count == 1 else f"{OPTION} {number} of {count}"
