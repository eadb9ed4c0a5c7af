"""What the attributes of an adaptor's class may be: one table, and the check of a class against it."""

from __future__ import annotations

import functools
import inspect
import math
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN = 60


class Attribute(NamedTuple):
    """One attribute."""

    name: str
    is_usable: Callable[[Any], bool]
    write: str
    """What to write, as the end of a message."""
    of_class: bool = False
    """The runtime reads it before an instance exists, so that no property can give it."""


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool)


def _is_seconds(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < math.inf


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_path(value: Any) -> bool:
    return (_is_name(value) or isinstance(value, os.PathLike)) and "\0" not in os.fsdecode(value)


def _are_codes(value: Any) -> bool:
    usable = isinstance(value, (tuple, list, set, frozenset, range))
    return usable and all(isinstance(code, int) and not isinstance(code, bool) for code in value)


def _is_encoding(value: Any) -> bool:
    try:
        return isinstance(value, str) and "".encode(value) == "".encode(value)
    except (LookupError, UnicodeError):  # none of that name, or none for text
        return False


def _is_signal(value: Any) -> bool:
    if value == "SIGTERM":
        return True
    from ...ipc._processes.process_tree import stop_signal

    try:
        return isinstance(value, str) and bool(stop_signal(value))
    except ValueError:
        return False


def _is_loss(value: Any) -> bool:
    from .._application.restart import OnLoss

    return isinstance(value, str) and value in tuple(OnLoss)


def _is_restart(value: Any) -> bool:
    from .._application.restart import Restart

    return isinstance(value, Restart)


def _are_options(value: Any) -> bool:
    from ..configuration import AdaptorConfigurationOptions

    return isinstance(value, AdaptorConfigurationOptions)


def _or_none(is_usable: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or is_usable(value)


_SCHEMA = _or_none(lambda value: isinstance(value, Mapping))
_SECONDS = "a number of seconds"

OF_EVERY_ADAPTOR = (
    Attribute("init_data_schema", _SCHEMA, "a JSON Schema as a mapping, or None", of_class=True),
    Attribute("run_data_schema", _SCHEMA, "a JSON Schema as a mapping, or None", of_class=True),
    Attribute("cleanup_after_loss", _is_switch, "True or False", of_class=True),
    Attribute("default_config_opts", _or_none(_are_options), "AdaptorConfigurationOptions(...) or None", of_class=True),
)
"""The attributes of every adaptor, besides those with a check of their own: version, deadlines, and data classes."""

WITH_RULES = (
    Attribute("rules_file", _or_none(_is_name), "the name of a file beside the module, or None", of_class=True),
    Attribute("job_may_switch_rules_off", _is_switch, "True or False", of_class=True),
    Attribute("output_patience", _is_seconds, _SECONDS),
)
"""Those of an adaptor that knows output rules."""

WITH_PROGRAM = (
    Attribute("stop_signal", _is_signal, "the name of a signal that asks an application to end, such as 'SIGINT'"),
    Attribute("encoding", _is_encoding, "the name of an encoding for text, such as 'utf-8'"),
    Attribute("merge_output", _is_switch, "True or False"),
    Attribute("terminal", _is_switch, "True or False"),
    Attribute("follow_launcher", _or_none(_is_switch), "True, False, or None"),
    Attribute("startup_directory", _or_none(_is_path), "the path of a folder, or None for the current one"),
)
"""Those of an adaptor for which the runtime starts what ``launch`` returns."""

OF_COMMAND = (Attribute("success_exit_codes", _or_none(_are_codes), "numbers in parentheses, such as (0, 3)"),)
OF_LAUNCHED_COMMAND = (Attribute("stop_grace", _or_none(_is_seconds), f"{_SECONDS}, or None"),)
OF_APPLICATION = (
    Attribute("client_file", _or_none(_is_name), "the name of a file beside the module, or None for no client"),
    Attribute("on_loss", _is_loss, "on_loss = OnLoss.RESTART, OnLoss.FAIL_TASK, or OnLoss.FAIL_SESSION"),
    Attribute("restart", _is_restart, "restart = Restart(after_tasks=200)"),
    Attribute("stop_grace", _is_seconds, _SECONDS),
)

TAKEN_BY_APPLICATION = (
    Attribute("client", _or_none(_is_path), "the path of the client; usually, client_file is enough"),
    Attribute("each", callable, "a method, or give yours another name: hooks call each(items)"),
    Attribute("application", lambda _: False, "it under another name: this one is the application of the runtime's"),
)
"""What the runtime finds under these names, and hooks may."""

_METHODS = (staticmethod, classmethod, functools.partialmethod)


def problems(found: type, attributes: tuple[Attribute, ...]) -> Iterator[str]:
    """Yield what is wrong with the attributes of a class, each as the rest of a sentence that begins with its name.

    Args:
        found: The class.
        attributes: Rows of the table.
    """
    for attribute in attributes:
        value = inspect.getattr_static(found, attribute.name)
        if attribute.is_usable(value):
            continue
        is_method = inspect.isfunction(value) or isinstance(value, _METHODS)
        if hasattr(type(value), "__get__") and not is_method and not attribute.of_class:
            continue  # a property: an instance has a value
        yield f".{attribute.name} is {'a method' if is_method else shown(value)}; write {attribute.write}"


def shown(value: object) -> str:
    """Return a value as a message shows it: not too long, whatever an author's class does."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  an author's class
        text = f"a {type(value).__name__}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
