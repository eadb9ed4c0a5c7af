"""Resolve the references of a schema to files next to it, never over the network."""

from __future__ import annotations

import os
from typing import Any

from ._json_file import read_json_file


class SchemaFolder:
    """Find the documents that a schema refers to in the folder of its own file, or below.

    Args:
        path: The schema's file; None if it has none and so may refer only to itself.
        identifier: The schema's ``$id``. A web address also stands for the folder, so that schemas that are published
            and installed together are found without a network.
    """

    def __init__(self, path: str | None, identifier: object = None) -> None:
        self._folder = None if path is None else os.path.dirname(os.path.realpath(path))
        self.base_uri = None if path is None else _uri(os.path.realpath(path))
        self._prefixes = [] if self._folder is None else [_uri(self._folder) + "/"]
        if isinstance(identifier, str) and "://" in identifier:
            self._prefixes.append(identifier.rpartition("/")[0] + "/")

    def __call__(self, uri: str) -> Any:
        """Return the document at ``uri``.

        Raises:
            LookupError: It is not a file in this folder.
            BadInputError: The file cannot be read.
        """
        from urllib.parse import unquote

        for prefix in self._prefixes:
            if self._folder is not None and uri.startswith(prefix):
                path = os.path.realpath(os.path.join(self._folder, unquote(uri[len(prefix) :])))
                if os.path.commonpath([path, self._folder]) == self._folder:
                    return read_json_file(path, "schema")
        place = "has no file" if self._folder is None else f"is in {self._folder}"
        raise LookupError(
            f"{uri} is not fetched: a schema can refer only to files in its own folder, and this one {place}"
        )


def _uri(path: str) -> str:
    from pathlib import Path

    return Path(path).as_uri()
