"""The adaptor of a command, and how a new interpreter gets the same one."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import attrs

from ...ipc._errors import BadInputError
from ...ipc._own_process.process_guard import EXITS, ProcessGuard
from .program import interpreter, package_with_main, running_program

if TYPE_CHECKING:
    from pathlib import Path

    from .._adaptor import BaseAdaptor


@attrs.define
class Target:
    """The adaptor of this command line.

    Attributes:
        adaptor_class: The class, or None until ``reference`` is imported.
        reference: ``package.module:Class``, for ``adaptor-runtime --adaptor``.
        reentry_exe: The program that runs the same command line, if it is not this interpreter.
        is_guest: The running program is not the adaptor's, and continues after the command.
    """

    adaptor_class: type[BaseAdaptor[Any]] | None = None
    reference: str | None = None
    reentry_exe: Path | None = None
    is_guest: bool = False

    @property
    def name(self) -> str:
        """The name of the adaptor; empty before its class is imported."""
        from .adaptor_name import adaptor_name

        return "" if self.adaptor_class is None else adaptor_name(self.adaptor_class)

    def load(self) -> type[BaseAdaptor[Any]]:
        """Return the adaptor class, imported if need be.

        Raises:
            BadInputError: No adaptor was given, or it cannot be imported, or it is unusable.
        """
        from .class_check import check_class

        if self.adaptor_class is None:
            if self.reference is None:
                raise BadInputError("no adaptor was given; write 'adaptor-runtime --adaptor package.module:Class ...'")
            self.adaptor_class = check_class(_import_adaptor(self.reference), self.reference)
        elif self.reference is None:
            check_class(self.adaptor_class)
        return self.adaptor_class

    def load_if_named(self) -> type[BaseAdaptor[Any]] | None:
        """Return the adaptor class; None if none was given.

        Its module prints to standard error meanwhile: standard output is for the answer of a query.

        Raises:
            BadInputError: It cannot be imported, or it is not an adaptor.
        """
        from contextlib import redirect_stdout

        if self.adaptor_class is None and self.reference is None:
            return None
        with redirect_stdout(sys.stderr):
            return self.load()

    def command(self) -> list[str]:
        """Return the command that runs this command line in a new process."""
        if self.reentry_exe is not None:
            return [str(self.reentry_exe)]
        if self.reference is not None:
            return [*interpreter(), "-m", "adaptor_runtime", "--adaptor", self.reference]
        package = package_with_main(self.load()) if self.is_guest else None
        return [*interpreter(), *(running_program() if package is None else ["-m", package])]


def _place_of(error: BaseException) -> str:
    """Return where an import failed, as the rest of a message; nothing if the message itself says it."""
    if isinstance(error, SyntaxError):
        return ""
    place, traceback = "", error.__traceback__
    while traceback is not None:
        path = traceback.tb_frame.f_code.co_filename
        if path != __file__ and not path.startswith("<frozen "):
            place = f" ({path}, line {traceback.tb_lineno})"
        traceback = traceback.tb_next
    return place


def _import_adaptor(reference: str) -> Any:
    import importlib

    module_name, colon, class_name = reference.partition(":")
    if not (module_name and colon and class_name):
        raise BadInputError(f"--adaptor needs package.module:Class, not {reference!r}")
    sys.path.insert(0, os.getcwd())  # like `python -m`; a console script has its own folder there instead
    guard = ProcessGuard(lambda _: None, EXITS)
    guard.install()
    guard.expect_here()
    try:
        found = getattr(importlib.import_module(module_name), class_name, None)
    except (Exception, SystemExit) as error:
        text = f"the adaptor {reference} cannot be imported: {type(error).__name__}: {error}{_place_of(error)}"
        raise BadInputError(text) from error
    finally:
        guard.remove()
    if found is None:
        raise BadInputError(f"the adaptor {reference} cannot be used: {module_name} does not define it")
    return found
