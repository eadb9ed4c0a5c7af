"""Check what an author's code wants to start, so that a mistake is reported where it is and says what to write."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any


def checked_args(args: Any) -> tuple[str, ...]:
    """Return the executable and its arguments as texts.

    Args:
        args: What an author has given.

    Raises:
        TypeError: It is not a list, or one of its items is neither a text nor a path.
        ValueError: It is empty, its executable is, or the system cannot pass an item on.
    """
    items = checked_list(args, "args is")
    if not items:
        raise ValueError("args is empty: it needs at least the executable")
    texts = tuple(_checked_text(item, _place(at)) for at, item in enumerate(items))
    if not texts[0]:
        raise ValueError("the executable, the first of args, is an empty text: write its name or path")
    return texts


def checked_list(value: Any, who: str) -> list[Any]:
    """Return the items of a list that an author has given.

    Args:
        value: The list.
        who: Who gave what, as the beginning of a sentence; ``"get_arguments returned"``.

    Raises:
        TypeError: It is one text, which is also a sequence, or no list at all.
    """
    if isinstance(value, (str, bytes, os.PathLike)):
        raise TypeError(f"{who} a single {type(value).__name__}; write a list with one item per argument")
    try:
        return list(value)
    except TypeError:
        raise TypeError(f"{who} {kind_of(value)}; write a list, which may be empty") from None


def checked_environment(environment: Any) -> dict[str, str]:
    """Return the environment variables of an application.

    Args:
        environment: What an author has given.

    Raises:
        TypeError: It is not a mapping, or a name or value is not a text.
        ValueError: The system cannot pass a value on.
    """
    if not isinstance(environment, Mapping):
        raise TypeError(f"the environment is {kind_of(environment)}; it must be a mapping of names to texts, or None")
    for name in environment:
        if not isinstance(name, str):
            raise TypeError(f"the name {name!r} of an environment variable must be a str, not {kind_of(name)}")
        if not name or "=" in name[1:] or "\0" in name:  # on Windows, names such as =C: exist
            raise ValueError(f"{name!r} cannot be the name of an environment variable")
    return {name: _checked_text(value, f"the environment variable {name}") for name, value in environment.items()}


def checked_variables(variables: Any) -> Mapping[str, str]:
    """Return what the hook ``environment`` of an adaptor has returned; where the application starts, all is checked.

    Args:
        variables: What it has returned.

    Raises:
        TypeError: It is not a mapping.
    """
    if not isinstance(variables, Mapping):
        raise TypeError(f"environment returned {variables!r:.60}; write a dictionary of variables, which may be empty")
    return variables


def check_directory(directory: Any) -> None:
    """Check the directory that an application is started in.

    Args:
        directory: What an author has given; None for the current one.

    Raises:
        TypeError: It is neither a text nor a path.
        ValueError: The system has no such names.
    """
    if directory is not None:
        _checked_text(directory, "the startup directory")


def checked_path(path: Any, what: str) -> str:
    """Return the text of a path that an author has given.

    Args:
        path: What an author has given.
        what: The beginning of a sentence about it.

    Raises:
        TypeError: It is neither a text nor a path.
        ValueError: It is empty, or the system has no such names.
    """
    text = _checked_text(path, what)
    if not text:
        raise ValueError(f"{what} is an empty text: write its path")
    return text


def kind_of(value: Any) -> str:
    """Return what a value is, without the value: it may hold a secret."""
    return "None" if value is None else f"a value of type {type(value).__name__}"


def _place(at: int) -> str:
    return f"argument {at}" if at else "the executable"


def _checked_text(value: Any, what: str) -> str:
    text = value if isinstance(value, str) else os.fspath(value) if isinstance(value, os.PathLike) else None
    if not isinstance(text, str):
        raise TypeError(f"{what} is {kind_of(value)}; it must be a str or a path")
    if "\0" in text:
        raise ValueError(f"{what} has a null character, which no application can get")
    try:
        os.fsencode(text)
    except UnicodeEncodeError as error:
        raise ValueError(f"{what} has a character that the system cannot pass on: {error.reason}") from None
    return text
