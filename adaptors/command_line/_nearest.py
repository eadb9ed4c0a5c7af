"""Hints for an unknown command or option."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator


def describe_missing_command(name: str, context: click.Context) -> str:
    """Return the message for a command that ``context`` does not have.

    Args:
        name: The given name.
        context: The group.
    """
    here = _path(context)
    paths = [path for path, _ in _visible(context.find_root().command) if path]
    paths.sort(key=lambda path: (path[: len(here)] != here, len(path)))  # what can follow here comes first
    meant: dict[str, str] = {}
    for path in paths:
        meant.setdefault(path[-1], " ".join(path))  # `start` for `daemon start`
    close = nearest(name, list(meant))
    return _missing("command", name, f"did you mean '{meant[close]}'?" if close else "")


def describe_missing_option(name: str, context: click.Context) -> str:
    """Return the message for an option that the command of ``context`` does not have.

    Args:
        name: The given name, without its value.
        context: The command.
    """
    root = context.find_root().command
    if context.command is not root and name in _options(root):
        return _missing("option", name, "it belongs before the command")
    owners = [f"'{' '.join(path)}'" for path, command in _visible(root) if name in _options(command)]
    if owners:
        place = ", and belongs after it" if isinstance(context.command, click.Group) else ""
        return _missing("option", name, f"it is an option of {' and '.join(owners)}{place}")
    close = nearest(name.replace("_", "-"), _options(context.command))
    return _missing("option", name, f"did you mean {close}?" if close else "")


def nearest(name: str, names: list[str]) -> str:
    """Return the one of ``names`` that ``name`` misspells or starts; empty if none is near.

    >>> nearest("strat", ["run", "start", "stop"])
    'start'
    """
    from difflib import get_close_matches

    begun = [each for each in names if len(name.strip("-")) > 1 and each.startswith(name)]
    return next(iter(get_close_matches(name.lower(), names, n=1) or begun), "")


def _missing(what: str, name: str, hint: str) -> str:
    return f"no such {what} '{name}'" + (f" ({hint})" if hint else "")


def _options(command: click.Command) -> list[str]:
    return [name for parameter in command.params if isinstance(parameter, click.Option) for name in parameter.opts]


def _path(context: click.Context) -> tuple[str, ...]:
    names: list[str] = []
    while context.parent is not None:
        names.insert(0, context.info_name or "")
        context = context.parent
    return tuple(names)


def _visible(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield a command and those below it, with the words that lead to each."""
    if command.hidden:
        return
    yield path, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from _visible(child, (*path, name))
