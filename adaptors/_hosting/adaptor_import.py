"""Import the adaptor that is given by its name."""

from __future__ import annotations

import traceback
from importlib import import_module
from operator import attrgetter
from typing import Any

from ...ipc._errors import BadInputError
from ...ipc._own_process.process_guard import EXITS, ProcessGuard


class AdaptorImportError(BadInputError):
    """The module of an adaptor raised an error.

    Attributes:
        traceback: The traceback of the error, without the frames of the import itself.
    """

    def __init__(self, message: str, traceback: str) -> None:
        super().__init__(message)
        self.traceback = traceback


def import_adaptor(reference: str, who: str) -> Any:
    """Return what the name of an adaptor stands for.

    Args:
        reference: ``package.module:Class``.
        who: What needs such a name, for a message.

    Raises:
        AdaptorImportError: The module raised an error.
        BadInputError: It is no such name, or there is no such module, or the module does not define it.
    """
    module_name, _, name = reference.partition(":")
    if not all([*module_name.split("."), *name.split(".")]):  # no part is empty
        raise BadInputError(f"{who} needs package.module:Class, not {reference!r}")
    try:
        return attrgetter(name)(_import(module_name, reference))
    except AttributeError:
        text = f"the adaptor {reference} cannot be used: {module_name} does not define {name}"
        raise BadInputError(text) from None


def _import(name: str, reference: str) -> Any:
    guard = ProcessGuard(lambda _: None, EXITS)
    guard.install()
    guard.expect_here()
    try:
        return import_module(name)
    except (Exception, SystemExit) as error:
        what = f"the adaptor {reference} cannot be imported: {type(error).__name__}: {error}{_place_of(error)}"
        if _is_missing(name, error):
            raise BadInputError(what) from error
        raise AdaptorImportError(what, _traceback_of(error)) from error
    finally:
        guard.remove()


def _is_missing(name: str, error: BaseException) -> bool:
    """Return whether the module itself, or a package that it would be in, does not exist."""
    return isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}.")


def _place_of(error: BaseException) -> str:
    """Return where an import failed, as the rest of a message; nothing if the message itself says it."""
    if isinstance(error, SyntaxError):
        return ""
    place = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if not _is_of_import(frame):
            place = f" ({frame.filename}, line {frame.lineno})"
    return place


def _traceback_of(error: BaseException) -> str:
    described = traceback.TracebackException.from_exception(error)
    parts: list[traceback.TracebackException | None] = [described, described.__cause__, described.__context__]
    for part in parts:
        if part is not None:
            part.stack = traceback.StackSummary.from_list([frame for frame in part.stack if not _is_of_import(frame)])
    return "".join(described.format()).rstrip("\n")


_OF_IMPORT = {function.__code__.co_filename for function in (_import, import_module)}
"""The files of these functions, as frames name them: where they were compiled."""


def _is_of_import(frame: traceback.FrameSummary) -> bool:
    return frame.filename.startswith("<frozen ") or frame.filename in _OF_IMPORT
