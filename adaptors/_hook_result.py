"""What a hook has returned, where it was never run."""

from __future__ import annotations

import inspect
from typing import TypeVar

from ..statemachine import AdaptorRuntimeError

ResultT = TypeVar("ResultT")


class HookReturnedError(AdaptorRuntimeError):
    """A hook returned something in place of doing its work."""


def plain_result(name: str, result: ResultT) -> ResultT:
    """Return what a hook has returned, unless that is work that nobody will do.

    Args:
        name: The hook's name.
        result: What it has returned.

    Raises:
        HookReturnedError: It is a coroutine or a generator: the body of the hook has not been run.
    """
    if not (inspect.iscoroutine(result) or inspect.isgenerator(result) or inspect.isasyncgen(result)):
        return result
    kind = type(result).__name__.replace("_", " ")
    if not inspect.isasyncgen(result):
        result.close()  # else Python warns of it later, at any place
    raise HookReturnedError(f"{name} returned a {kind} and did nothing; write it as a plain function")
