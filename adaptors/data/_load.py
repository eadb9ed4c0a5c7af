"""Read a mapping from inline text or a file: JSON first, which is fast and exact, else YAML."""

from __future__ import annotations

import os

from ...ipc._errors import BadInputError
from ._strict_json import StrictJsonError, strict_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

FILE_SCHEME = "file://"

MAXIMUM_BYTES = 128 * 1024 * 1024
"""A message between processes holds 256 MiB, and data is sent as ASCII JSON, which can be longer than its file."""

_BLOCK = 64 * 1024
"""How much is read at once. However short a file is, memory for that much is made, and Windows looks at all of it."""

MAXIMUM_DEPTH = 200
"""Far deeper than real data, but not so deep that Python's JSON or recursive code in a hook fails."""


def load_mapping(text: str, option: str) -> dict[str, Any]:
    """Return the mapping in ``text``: strings, numbers, booleans, null, lists, and mappings with string keys.

    A byte order mark is ignored. A lone surrogate is kept, so file names that are not UTF-8 survive.

    Args:
        text: JSON or YAML, or ``file://`` and the path of a UTF-8 file with either. Blank text is an empty mapping.
        option: Where the text comes from, for the message; ``"--init-data"``.

    Raises:
        BadInputError: It cannot be read, is neither JSON nor YAML, is not a mapping, is too long, is nested too deeply,
            or has a duplicate key or a number that is not finite.
    """
    where = option
    if text.startswith(FILE_SCHEME):
        path = _path(text[len(FILE_SCHEME) :])
        where = f"{option} ({path})"
        text = _read(path, where)
    data = _parse(text.lstrip("\ufeff"), where)
    if data is None:
        return {}
    if not isinstance(data, dict):
        _fail(where, f'needs a mapping, such as \'{{"scene": "a.blend"}}\', not {_kind(data)}')
    return data


def _path(named: str) -> str:
    """Return the path that follows the scheme. A URI has a slash before a drive, which is not a part of the path."""
    return named[1:] if named[:1] == "/" and os.path.splitdrive(named[1:])[0] else named


def _read(path: str, where: str) -> str:
    content = bytearray()
    try:
        with open(path, "rb") as file:
            while len(content) <= MAXIMUM_BYTES and (block := file.read(_BLOCK)):
                content += block
    except (OSError, ValueError) as error:
        _fail(where, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    if len(content) > MAXIMUM_BYTES:
        _fail(where, f"is longer than {MAXIMUM_BYTES // 1024**2} MB")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        _fail(where, f"is not UTF-8 text: {error.reason} at byte {error.start}")


def _parse(text: str, where: str) -> Any:
    if not text.strip():
        return None
    try:
        data = strict_json(text)
    except RecursionError:
        _fail(where, f"is nested more than {MAXIMUM_DEPTH} levels deep")
    except StrictJsonError as error:
        _fail(where, str(error))
    except ValueError as error:
        return _parse_yaml(text, where, str(error))
    if text.count("{") + text.count("[") > MAXIMUM_DEPTH and _is_too_deep(data):
        _fail(where, f"is nested more than {MAXIMUM_DEPTH} levels deep")
    return data


def _parse_yaml(text: str, where: str, json_error: str) -> Any:
    from ._yaml import YamlError, load_yaml  # a fifth of the cost of a whole command; most data is JSON

    try:
        return load_yaml(text)
    except YamlError as error:
        looks_like_json = text.lstrip()[:1] in ("{", "[")
        problem = (
            f"is neither valid JSON ({json_error}) nor valid YAML"
            if looks_like_json
            else "is neither valid JSON nor valid YAML"
        )
        _fail(where, f"{problem}: {error}")


def _is_too_deep(data: Any) -> bool:
    level = [data]
    for _ in range(MAXIMUM_DEPTH):
        level = [
            child
            for one in level
            for child in (one.values() if type(one) is dict else one)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return True


def _kind(data: Any) -> str:
    names = {list: "a list", str: "a text", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(data), type(data).__name__)


def _fail(where: str, problem: str) -> NoReturn:
    raise BadInputError(f"{where} {problem}")
