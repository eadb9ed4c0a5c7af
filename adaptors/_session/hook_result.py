"""Results of hooks that were never run."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeVar

from ...statemachine import AdaptorRuntimeError

if TYPE_CHECKING:
    from typing import Callable

ResultT = TypeVar("ResultT")


class HookReturnedError(AdaptorRuntimeError):
    """A hook returned something instead of doing its work."""


def call_plainly(name: str, hook: Callable[..., ResultT], *arguments: Any) -> ResultT:
    """Call a hook; return its result, unless that is unfinished work.

    Args:
        name: The hook's name.
        hook: The hook.
        arguments: Its arguments.

    Raises:
        HookReturnedError: The result is a coroutine or a generator: the body of the hook was not run.
    """
    result = hook(*arguments)
    if not (inspect.iscoroutine(result) or inspect.isgenerator(result) or inspect.isasyncgen(result)):
        return result
    kind = type(result).__name__.replace("_", " ")
    if not inspect.isasyncgen(result):
        result.close()  # otherwise Python warns about it later, anywhere
    raise HookReturnedError(f"{name} returned a {kind} and did nothing; write it as a plain function")
