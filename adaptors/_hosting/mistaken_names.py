"""Names in an adaptor's class that look like one of ours, misspelt: nobody calls ``on_laod``, nor reads ``rule``."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from .class_check import attributes_of, hooks_of, is_of_runtime

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDINGS = ("ed", "led", "ped")
_DATA_CLASSES: tuple[str, ...] = ("InitData", "RunData")


def warnings(adaptor_class: type) -> Iterator[str]:
    """Yield a sentence about each name that is probably meant to be a hook or an attribute of ours.

    Args:
        adaptor_class: A class that has been checked.
    """
    hooks, attributes = hooks_of(adaptor_class), attributes_of(adaptor_class)
    for name in _own_names(adaptor_class, {*hooks, *attributes, *_DATA_CLASSES}):
        value = inspect.getattr_static(adaptor_class, name)
        known: tuple[str, ...]
        if isinstance(value, type):
            verb, known = "reads", _DATA_CLASSES
        elif callable(value) or isinstance(value, (staticmethod, classmethod)):
            verb, known = "calls", tuple(hooks)
        else:
            verb, known = "reads", attributes
        meant = _meant(name, known)
        if meant is not None:
            yield f"nothing {verb} {name}: is it meant to be {meant}?"


def _own_names(adaptor_class: type, known: set[str]) -> list[str]:
    """Return the names that an author has given, and that no class of ours has."""
    ours = {name for base in adaptor_class.__mro__ if is_of_runtime(base) for name in vars(base)}
    names = {name for base in adaptor_class.__mro__ if not is_of_runtime(base) for name in vars(base)}
    return sorted(name for name in names - ours - known if not name.startswith("_"))


def _meant(name: str, known: tuple[str, ...]) -> str | None:
    letters = _letters(name)
    for one in known:
        meant = _letters(one)
        if letters == meant or _is_slip(letters, meant) or any(letters == meant + ending for ending in _ENDINGS):
            return one
    return None


def _letters(name: str) -> str:
    return name.lower().replace("_", "")


def _is_slip(written: str, meant: str) -> bool:
    """Return whether one letter is missing, too much, or another one, or two are interchanged.

    >>> [_is_slip(written, "onload") for written in ("onlaod", "onlod", "onnload", "onlode", "load")]
    [True, True, True, False, False]
    """
    at = 0
    while written[at:] and written[at] == meant[at : at + 1]:
        at += 1
    rest, other = written[at:], meant[at:]
    return rest[1:] == other[1:] or rest[1:] == other or rest == other[1:] or rest == other[1::-1] + other[2:]
