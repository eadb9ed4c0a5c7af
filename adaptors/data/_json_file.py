"""Read a mapping from a JSON file that people write: configuration, schemas."""

from __future__ import annotations

from typing import Any

from ...ipc._errors import BadInputError
from ._strict_json import StrictJsonError, strict_json


class UnreadableFileError(BadInputError, OSError):
    """A file cannot be read. It is also an OSError, for callers that expect one."""


class MissingFileError(UnreadableFileError, FileNotFoundError):
    """The file does not exist."""


def read_json_file(path: str, what: str) -> dict[str, Any]:
    """Return the mapping in the UTF-8 file at ``path``.

    Args:
        path: The file.
        what: What it is, for the message; ``"configuration file"``.

    Raises:
        BadInputError: It cannot be read, is not JSON, holds something other than a mapping, or has a duplicate key or a
            number that is not finite.
    """
    try:
        with open(path, encoding="utf-8-sig") as file:
            data = strict_json(file.read())
    except OSError as error:
        kind = MissingFileError if isinstance(error, FileNotFoundError) else UnreadableFileError
        raise kind(f"{what} {path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 text: {error.reason} at byte {error.start}"
    except RecursionError:
        problem = "is nested too deeply"
    except StrictJsonError as error:
        problem = str(error)
    except ValueError as error:
        problem = f"is not JSON: {error}"
    else:
        if isinstance(data, dict):
            return data
        problem = f"needs a mapping, such as {{}}, not {type(data).__name__}"
    raise BadInputError(f"{what} {path} {problem}")
