"""Whether a class is usable as an adaptor: one check, however the command line got the class."""

from __future__ import annotations

import functools
import inspect
import math
from typing import TYPE_CHECKING, Any

import attrs

from ...ipc._errors import BadInputError
from .._adaptor import BaseAdaptor, data_class
from .._command_adaptor import CommandAdaptor
from .._deadlines import Deadlines
from .._version import SemanticVersion
from . import class_attributes
from .class_attributes import Attribute, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

HOOKS = {
    "on_start": 0,
    "on_run": 1,
    "on_stop": 0,
    "on_cleanup": 0,
    "on_cancel": 0,
    "on_prerun": 0,
    "on_postrun": 0,
    "get_managed_process": 1,
    "launch": 0,
    "environment": 0,
    "status_file": 0,
    "on_load": 0,
    "expected_outputs": 1,
}
"""The number of arguments of each hook. ``on_postrun`` may have two more; see ``takes_outcome``."""

_OF_LAUNCH = {"launch": 1, "environment": 1, "stdin": 1, "output_handler": 1}
"""The same for a command per task. An adaptor with ``get_managed_process`` may give these names to what it likes."""


_VERSION = "integration_data_interface_version"
_VERSION_HINT = "; write data_version = SemanticVersion(1, 0)"
_RETURNS_VALUES = "expected_outputs"
_KINDS = (
    ("async", inspect.iscoroutinefunction),
    ("an async generator", inspect.isasyncgenfunction),
    ("a generator", inspect.isgeneratorfunction),
)
_RUNTIME = f"{__package__.rpartition('.')[0]}."
_WITH_OWN_CHECK = ("data_version", "deadlines", "rules")


def knows_rules(adaptor_class: type) -> bool:
    """Return whether the base class of an adaptor knows output rules."""
    return _is_ours(adaptor_class, "rules_file")


def keeps_application(adaptor_class: type) -> bool:
    """Return whether the base class of an adaptor keeps an application for many tasks."""
    return _is_ours(adaptor_class, "on_loss")


def _is_ours(adaptor_class: type, name: str) -> bool:
    """Return whether a base class of the runtime's has an attribute of this name."""
    return any(name in vars(base) for base in adaptor_class.__mro__ if is_of_runtime(base))


def is_of_runtime(base: type) -> bool:
    """Return whether a class is one of the runtime's."""
    return base.__module__.startswith(_RUNTIME)


def check_class(found: Any, name: str = "") -> type[BaseAdaptor[Any]]:
    """Return a usable adaptor class.

    Args:
        found: The object given as the class.
        name: Its name in messages; empty for the name of the class.

    Raises:
        BadInputError: It is unusable; the message says what to write instead.
    """
    if not isinstance(found, type):
        what = f"an instance (pass {type(found).__name__} itself)" if isinstance(found, BaseAdaptor) else "no class"
        raise BadInputError(
            f"the adaptor {name or shown(found)} cannot be used: it is {what}, and not a subclass of Adaptor or"
            " CommandAdaptor"
        )
    name = name or found.__name__
    problem = next(_problems(found), None)
    if problem is not None:
        raise BadInputError(f"the adaptor {name} cannot be used: {found.__name__}{problem}")
    return found


def hooks_of(found: type) -> dict[str, int]:
    """Return the hooks that the runtime calls, each with the number of its arguments."""
    hooks = {name: count for name, count in HOOKS.items() if _is_ours(found, name)}
    if not issubclass(found, CommandAdaptor):
        return hooks
    hooks = {name: count for name, count in hooks.items() if name not in _OF_LAUNCH}
    return {**hooks, **_OF_LAUNCH} if _launches(found) else hooks


def attributes_of(found: type) -> tuple[str, ...]:
    """Return the names of the attributes of the class that the runtime reads."""
    names = (*_WITH_OWN_CHECK, *(attribute.name for attribute in _table(found)))
    return names if knows_rules(found) else tuple(name for name in names if name != "rules")


def _table(found: type) -> tuple[Attribute, ...]:
    """Return the rows of the table that are about a class."""
    rows: tuple[Attribute, ...] = class_attributes.OF_EVERY_ADAPTOR
    if knows_rules(found):
        rows += class_attributes.WITH_RULES
    if keeps_application(found):
        return rows + class_attributes.WITH_PROGRAM + class_attributes.OF_APPLICATION
    if issubclass(found, CommandAdaptor):
        rows += class_attributes.OF_COMMAND
        if _launches(found):
            rows += class_attributes.WITH_PROGRAM + class_attributes.OF_LAUNCHED_COMMAND
    return rows


def _problems(found: type) -> Iterator[str]:
    """Yield each problem, as the rest of a sentence that begins with the name of the class."""
    if not issubclass(found, BaseAdaptor):
        yield " is not a subclass of Adaptor or CommandAdaptor"
        return
    missing = sorted(getattr(found, "__abstractmethods__", ()))
    if missing:
        lacking = ", ".join("data_version" if name == _VERSION else name for name in missing)
        yield f" is abstract: it lacks {lacking}{_VERSION_HINT if _VERSION in missing else ''}"
    yield from _version_problem(found)
    yield from _deadline_problems(found)
    yield from _data_class_problems(found)
    if knows_rules(found):
        yield from _rule_problems(found)
    yield from class_attributes.problems(found, _table(found))
    if keeps_application(found):
        yield from class_attributes.problems(found, class_attributes.TAKEN_BY_APPLICATION)
    if issubclass(found, CommandAdaptor) and _launches(found) and found.launch is CommandAdaptor.launch:
        yield " is abstract: it lacks launch"
    for name, count in hooks_of(found).items():
        yield from _hook_problems(name, count, inspect.getattr_static(found, name))
    yield from _constructor_problem(found)


def _launches(found: type[CommandAdaptor[Any]]) -> bool:
    """Return whether a command is what ``launch`` returns."""
    return found.get_managed_process is CommandAdaptor.get_managed_process


def _version_problem(found: type) -> Iterator[str]:
    value = inspect.getattr_static(found, _VERSION)
    name = "data_version" if value is inspect.getattr_static(found, "data_version", None) else _VERSION
    if inspect.isfunction(value):
        yield f".{name} is a method; write @property above it, or {name} = SemanticVersion(1, 0)"
    elif not isinstance(value, SemanticVersion) and not hasattr(type(value), "__get__"):
        yield f".{name} is {shown(value)}; write {name} = SemanticVersion(1, 0)"


def _deadline_problems(found: type) -> Iterator[str]:
    value = inspect.getattr_static(found, "deadlines")
    if not isinstance(value, Deadlines):
        yield f".deadlines is {shown(value)}; write deadlines = Deadlines(run=3600)"
        return
    for field in attrs.fields(Deadlines):
        seconds, optional = getattr(value, field.name), "Optional" in str(field.type)
        if seconds is None and optional:
            continue
        is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
        if not is_number or not 0 < seconds < math.inf:
            more = ", or None for no limit" if optional else ""
            yield f".deadlines has {field.name}={shown(seconds)}; write a number of seconds greater than 0{more}"


def _data_class_problems(found: type) -> Iterator[str]:
    for name in ("InitData", "RunData"):
        value = getattr(found, name, None)
        if data_class(found, name) is not None:
            from .._typed_data.typed_data import problem_of

            problem = problem_of(found, name)
            if problem is not None:
                yield f".{name}{problem}"
        elif value is not None and not callable(value):
            yield f".{name} is {shown(value)}; write a class with @attrs.define above it"
        elif isinstance(value, type) and not issubclass(value, (dict, tuple)):  # a TypedDict is for type checkers
            yield f".{name} is not an attrs class; write @attrs.define above it"


def _rule_problems(found: type) -> Iterator[str]:
    rules = inspect.getattr_static(found, "rules")
    if not (isinstance(rules, (tuple, list)) and not rules):
        from ..output._output_rule import check_rules

        problem = check_rules(rules)
        if problem:
            yield f".rules {problem}"


def _hook_problems(name: str, count: int, hook: Any) -> Iterator[str]:
    function = _function_of(hook)
    for kind, is_of_kind in _KINDS:
        if is_of_kind(function) and not (name == _RETURNS_VALUES and kind == "a generator"):
            yield f".{name} is {kind}: calling it would do nothing; write a plain 'def {name}'{_hint(kind)}"
            return
    if not callable(function):
        yield f".{name} is {shown(hook)}; write a method"
        return
    if inspect.isfunction(hook):
        arguments = [None] * (1 + count)
        signature = inspect.signature(hook)
        try:
            signature.bind(*arguments)
        except TypeError as error:
            wanted = ", ".join(["self", "run_data"][: len(arguments)])
            more = ""
            if name == "on_postrun":
                from .._command_task import takes_outcome

                if takes_outcome(hook, None):
                    return
                more = f" or 'def {name}(self, run_data, outcome)'"
            yield f".{name} cannot be called ({error}); write 'def {name}({wanted})'{more}"


def _hint(kind: str) -> str:
    return "" if kind == "a generator" else ", and call asyncio.run(...) in it"


def _function_of(hook: Any) -> Any:
    """Return the function behind a hook, if it is visible. A function inside a wrapper is not."""
    while True:
        if isinstance(hook, (staticmethod, classmethod)):
            hook = hook.__func__
        elif isinstance(hook, (functools.partial, functools.partialmethod)):
            hook = hook.func
        else:
            return hook


def _constructor_problem(found: type) -> Iterator[str]:
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return
    try:
        signature.bind({}, path_mapping_data={})
    except TypeError as error:
        yield (
            f" cannot be constructed ({error}); its __init__ must accept init_data and path_mapping_data, for example"
            " 'def __init__(self, *args, **kwargs)' with a call of super().__init__(*args, **kwargs)"
        )
