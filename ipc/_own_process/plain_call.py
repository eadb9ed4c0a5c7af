"""Calls of an author's functions, which must do their work before they return."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeVar

from ...statemachine import AdaptorRuntimeError

if TYPE_CHECKING:
    from typing import Callable

ResultT = TypeVar("ResultT")


class NotCalledError(AdaptorRuntimeError):
    """A function of the author's returned something instead of doing its work."""


def call_plainly(name: str, function: Callable[..., ResultT], *arguments: Any) -> ResultT:
    """Call a hook or a callback; return its result, unless that is unfinished work.

    Args:
        name: The name of the function.
        function: The function.
        arguments: Its arguments.

    Raises:
        NotCalledError: The result is a coroutine or a generator: the body of the function was not run.
    """
    result = function(*arguments)
    if result is None or not (inspect.iscoroutine(result) or inspect.isgenerator(result) or inspect.isasyncgen(result)):
        return result
    kind = {"coroutine": "a coroutine", "generator": "a generator"}.get(type(result).__name__, "an async generator")
    if not inspect.isasyncgen(result):
        result.close()  # otherwise Python warns about it later, anywhere
    raise NotCalledError(f"{name} returned {kind} and did nothing; write it as a plain function")
