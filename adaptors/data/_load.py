"""Read a mapping from inline text or a file: JSON first, which is fast and exact, else YAML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ...ipc._errors import BadInputError

if TYPE_CHECKING:
    from typing import NoReturn

FILE_SCHEME = "file://"


def load_mapping(text: str, option: str) -> dict[str, Any]:
    """Return the mapping that ``text`` holds.

    Args:
        text: JSON or YAML, or ``file://`` and the path of a UTF-8 file with either. Nothing but blanks is an empty
            mapping.
        option: Where the text comes from, for the message; ``"--init-data"``.

    Raises:
        BadInputError: It cannot be read, is neither JSON nor YAML, or is something other than a mapping.
    """
    where = option
    if text.startswith(FILE_SCHEME):
        path = text[len(FILE_SCHEME) :]
        where = f"{option} ({path})"
        text = _read(path, where)
    data = _parse(text, where)
    if data is None:
        return {}
    if not isinstance(data, dict):
        _fail(where, f'needs a mapping, such as \'{{"scene": "a.blend"}}\', not {_kind(data)}')
    return data


def _read(path: str, where: str) -> str:
    try:
        with open(path, encoding="utf-8-sig") as file:
            return file.read()
    except UnicodeDecodeError as error:
        _fail(where, f"is not UTF-8 text: {error.reason} at byte {error.start}")
    except (OSError, ValueError) as error:
        _fail(where, f"cannot be read: {getattr(error, 'strerror', None) or error}")


def _parse(text: str, where: str) -> Any:
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except RecursionError:
        _fail(where, "is nested too deeply")
    except ValueError as error:
        json_error = str(error)
    from ._yaml import YamlError, load_yaml  # a fifth of the cost of a whole command; most data is JSON

    try:
        return load_yaml(text)
    except YamlError as error:
        looks_like_json = text.lstrip()[:1] in ("{", "[")
        _fail(where, f"is not JSON ({json_error})" if looks_like_json else f"is neither JSON nor YAML: {error}")


def _kind(data: Any) -> str:
    names = {list: "a list", str: "a text", bool: "a truth value", int: "a number", float: "a number"}
    return names.get(type(data), type(data).__name__)


def _fail(where: str, problem: str) -> NoReturn:
    message = f"{where} {problem}"
    raise BadInputError(message)
