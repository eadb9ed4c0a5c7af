"""Read the arguments of the commands that a farm runs again and again without click, as a program writes them.

This module reads a command of ``OPTIONS`` with the options of that table. It leaves everything else, including help and
mistakes, to click. A test compares the table with click's commands.
"""

from __future__ import annotations

from adaptor_runtime_client._named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Option(NamedTuple):
    """An option with one value: one of ``choices`` if there are any, ``default`` if the option is not given.

    If its default is empty, its value may be empty. A flag has no value.
    """

    default: str | bool | None = None
    choices: tuple[str, ...] = ()
    is_flag: bool = False


ADAPTOR = {"--adaptor": Option()}
"""The options before a command without an entry point; these commands do not need them."""

OPTIONS = {
    "run": {
        "--run-data": Option(default=""),
        "--connection-file": Option(),
        "--on-disconnect": Option(default="cancel", choices=("cancel", "keep")),
        "--time": Option(default=False, is_flag=True),
        "--plain": Option(default=False, is_flag=True),
    },
    "stop": {
        "--connection-file": Option(),
    },
    "status": {
        "--connection-file": Option(),
        "--format": Option(default="text", choices=("text", "json")),
        "--watch": Option(default=False, is_flag=True),
    },
    "logs": {
        "--connection-file": Option(),
        "--follow": Option(default=False, is_flag=True),
        "--task": Option(),
        "--since": Option(),
        "--time": Option(default=False, is_flag=True),
    },
    "list": {
        "--format": Option(default="text", choices=("text", "json")),
    },
}
"""The options of each ``daemon`` command that this module reads."""


def read(arguments: list[str], *, adaptor_is_known: bool) -> tuple[str | None, dict[str, Any]]:
    """Return the command of ``OPTIONS`` in ``arguments`` and its values; None to leave it to click.

    >>> read(["daemon", "run", "--connection-file=c.json"], adaptor_is_known=True)
    ('run', {'run_data': '', 'connection_file': 'c.json', 'on_disconnect': 'cancel', 'time': False, 'plain': False})
    """
    _, words = read_options(arguments, {} if adaptor_is_known else ADAPTOR)
    if words[:1] != ["daemon"] or len(words) < 2 or words[1] not in OPTIONS:
        return None, {}
    values, surplus = read_options(words[2:], OPTIONS[words[1]])
    return (None, {}) if surplus else (words[1], values)


def read_options(words: list[str], options: dict[str, Option]) -> tuple[dict[str, Any], list[str]]:
    """Return the values of the options at the start of ``words``, and the remaining words."""
    values = {_parameter(name): option.default for name, option in options.items()}
    given: set[str] = set()
    while words:
        name, equals, value = words[0].partition("=")
        rest = words[1:]
        if name in given or name not in options:
            break
        if options[name].is_flag:
            if equals:
                break
            values[_parameter(name)] = True
        else:
            if not equals and rest:
                value, *rest = rest
            elif not equals:
                break
            if not _fits(value, options[name]):
                break
            values[_parameter(name)] = value
        given.add(name)
        words = rest
    return values, words


def _fits(value: str, option: Option) -> bool:
    return value in (option.choices or (value,)) and bool(value or option.default == "")


def _parameter(name: str) -> str:
    return "form" if name == "--format" else name[2:].replace("-", "_")
