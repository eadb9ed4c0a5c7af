"""Check how an author declares an executable, so that a mistake is reported where it is and says what to write."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Callable, Optional, Union

from .._paths.os_name import OSName
from ._requirement import HOW_TO_WRITE, is_requirement

Requires = Union[str, Callable[[Any], Optional[str]]]
"""A requirement, or a function that takes the adaptor and returns one."""

HOW_TO_ASK = r'write version=("--version", r"Blender (\d+\.\d+)")'

_NAME = 'write a name such as "blender"'
_VARIABLE = 'write the name of a variable, such as "BLENDER_EXECUTABLE"'
_PATTERNS = 'write {"linux": ["/opt/blender-*/blender"]}'
_SYSTEMS = 'write "linux", "darwin", "windows", or "posix"'
_OPTIONS = 'write {">=4.2": ["--gpu-backend", "opengl"]}'


def checked_names(names: Union[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the names of a program.

    Args:
        names: One name, or several.

    Raises:
        TypeError: They are not texts.
        ValueError: One of them is empty or a path, or there is none.
    """
    found = (names,) if isinstance(names, str) else _texts(names, "the name of an Executable", _NAME)
    wrong = [name for name in found if not name or "/" in name or "\\" in name or "\0" in name]
    if wrong or not found:
        raise ValueError(f"the name of an Executable is {names!r}; {_NAME}, and paths as candidates")
    return found


def checked_environment(variable: Optional[str]) -> str:
    """Return the name of an environment variable; empty for none.

    Args:
        variable: The name; None for none.

    Raises:
        TypeError: It is not a text.
        ValueError: No variable can have this name.
    """
    if variable is None:
        return ""
    if not isinstance(variable, str):
        raise TypeError(f"environment is {variable!r}; {_VARIABLE}")
    if not variable or "=" in variable or "\0" in variable:
        raise ValueError(f"environment is {variable!r}; {_VARIABLE}")
    return variable


def checked_candidates(candidates: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return patterns of paths by the name of the operating system.

    Args:
        candidates: The patterns, by any name of the system.

    Raises:
        TypeError: It is not a mapping to lists of texts.
        ValueError: A system is unknown.
    """
    if not isinstance(candidates, Mapping):
        raise TypeError(f"candidates is {candidates!r}; {_PATTERNS}")
    found: dict[str, tuple[str, ...]] = {}
    for word, patterns in candidates.items():
        try:
            name = OSName.resolve_os_name(word)
        except (AttributeError, ValueError):
            raise ValueError(f"candidates has the system {word!r}; {_SYSTEMS}") from None
        found[name] = found.get(name, ()) + _texts(patterns, f"candidates for {word!r}", _PATTERNS)
    return found


def checked_version(version: Optional[Sequence[str]]) -> tuple[str, ...]:
    """Return the arguments that make a program print its version, then the pattern; empty for none.

    Args:
        version: The same; None for none.

    Raises:
        TypeError: It is not a list of texts.
        ValueError: An argument is missing, or the pattern is not a regular expression.
    """
    if version is None:
        return ()
    found = _texts(version, "version", HOW_TO_ASK)
    if len(found) < 2:
        raise ValueError(f"version is {version!r}, without an argument and a pattern; {HOW_TO_ASK}")
    try:
        re.compile(found[-1])
    except re.error as error:
        raise ValueError(f"version has {found[-1]!r}, which is no regular expression: {error}; {HOW_TO_ASK}") from None
    return found


def checked_requires(requires: Union[Requires, None]) -> Requires:
    """Return a requirement, or the function that returns it.

    Args:
        requires: The same; None for none.

    Raises:
        TypeError: It is neither.
        ValueError: The requirement is malformed.
    """
    if requires is None or callable(requires):
        return requires or ""
    if not isinstance(requires, str):
        raise TypeError(f"requires is {requires!r}; {HOW_TO_WRITE}")
    if not is_requirement(requires):
        raise ValueError(f"requires is {requires!r}; {HOW_TO_WRITE}")
    return requires


def checked_options(options: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return options of the command line by requirement.

    Args:
        options: The same.

    Raises:
        TypeError: It is not a mapping to lists of texts.
        ValueError: A requirement is malformed.
    """
    if not isinstance(options, Mapping):
        raise TypeError(f"options is {options!r}; {_OPTIONS}")
    for requirement in options:
        if not isinstance(requirement, str) or not is_requirement(requirement):
            raise ValueError(f"options has the version {requirement!r}; {HOW_TO_WRITE}")
    return {version: _texts(texts, f"options for {version!r}", _OPTIONS) for version, texts in options.items()}


def checked_timeout(timeout: float) -> float:
    """Return a number of seconds.

    Args:
        timeout: The same.

    Raises:
        ValueError: It is not a number, or not greater than 0.
    """
    if not isinstance(timeout, (int, float)) or isinstance(timeout, bool) or not 0 < timeout < math.inf:
        raise ValueError(f"timeout is {timeout!r}; write a number of seconds greater than 0")
    return float(timeout)


def _texts(values: Any, what: str, how: str) -> tuple[str, ...]:
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        raise TypeError(f"{what} is {values!r}, not a list; {how}")
    found = tuple(values)
    if not all(isinstance(value, str) for value in found):
        raise TypeError(f"{what} is {values!r}, with something that is not a text; {how}")
    return found
