"""What a hook has returned, where it was never run."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeVar

from ...statemachine import AdaptorRuntimeError

if TYPE_CHECKING:
    from typing import Callable

ResultT = TypeVar("ResultT")


class HookReturnedError(AdaptorRuntimeError):
    """A hook returned something in place of doing its work."""


def call_plainly(name: str, hook: Callable[..., ResultT], *arguments: Any) -> ResultT:
    """Call a hook; return what it has returned, unless that is work that nobody will do.

    Args:
        name: The hook's name.
        hook: The hook.
        arguments: What it is called with.

    Raises:
        HookReturnedError: It is a coroutine or a generator: the body of the hook has not been run.
    """
    result = hook(*arguments)
    if not (inspect.iscoroutine(result) or inspect.isgenerator(result) or inspect.isasyncgen(result)):
        return result
    kind = type(result).__name__.replace("_", " ")
    if not inspect.isasyncgen(result):
        result.close()  # else Python warns of it later, at any place
    raise HookReturnedError(f"{name} returned a {kind} and did nothing; write it as a plain function")
