"""The adaptor of a command, and how a new interpreter gets the same one."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import attrs

from ...ipc._errors import BadInputError
from .adaptor_name import AdaptorName, adaptor_name, class_name, module_of
from .program import interpreter, package_with_main, running_program

if TYPE_CHECKING:
    from pathlib import Path

    from .._adaptor import BaseAdaptor


@attrs.define
class Target:
    """The adaptor of this command line.

    Attributes:
        adaptor_class: The class, or None until ``reference`` is imported.
        reference: ``package.module:Class``, from ``--adaptor`` or an entry point.
        reentry_exe: The program that runs the same command line, if it is not this interpreter.
        is_guest: The running program is not the adaptor's, and continues after the command.
        is_of_program: An entry point names the adaptor, so ``--adaptor`` is not an option.
    """

    adaptor_class: type[BaseAdaptor[Any]] | None = None
    reference: str | None = None
    reentry_exe: Path | None = None
    is_guest: bool = False
    is_of_program: bool = False

    @classmethod
    def of_program(
        cls, adaptor: type[BaseAdaptor[Any]] | str, reentry_exe: Path | None = None, *, is_guest: bool = False
    ) -> Target:
        """Return the target of an entry point.

        Args:
            adaptor: The class, or ``package.module:Class``.
            reentry_exe: As the attribute.
            is_guest: As the attribute.
        """
        if isinstance(adaptor, str):
            return cls(None, adaptor, reentry_exe, is_guest, is_of_program=True)
        return cls(adaptor, None, reentry_exe, is_guest, is_of_program=True)

    @property
    def name(self) -> str:
        """The name of the adaptor; empty before its class is imported."""
        return "" if self.adaptor_class is None else adaptor_name(self.adaptor_class)

    @property
    def own(self) -> AdaptorName | None:
        """The adaptor of the program; None if any adaptor may be meant."""
        known = self._known()
        return None if known is None else AdaptorName(known)

    @property
    def short_name(self) -> str | None:
        """The name of the class of the program's adaptor, which is not imported for that; None for any adaptor."""
        known = self._known()
        return None if known is None else class_name(known)

    def load(self) -> type[BaseAdaptor[Any]]:
        """Return the adaptor class, imported if need be.

        Raises:
            BadInputError: No adaptor was given, or it cannot be imported, or it is unusable.
        """
        from .class_check import check_class

        if self.adaptor_class is None:
            if self.reference is None:
                raise BadInputError("no adaptor was given; write 'adaptor-runtime --adaptor package.module:Class ...'")
            self.adaptor_class = check_class(self._imported(self.reference), self.reference)
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
        if self.reference is not None and not self.is_of_program:
            return [*interpreter(), "-m", "adaptor_runtime", "--adaptor", self.reference]
        package = package_with_main(module_of(self.reference or self.load())) if self.is_guest else None
        return [*interpreter(), *(running_program() if package is None else ["-m", package])]

    def _known(self) -> type[BaseAdaptor[Any]] | str | None:
        return self.reference if self.adaptor_class is None and self.is_of_program else self.adaptor_class

    def _imported(self, reference: str) -> Any:
        from .adaptor_import import import_adaptor

        if self.is_of_program:
            return import_adaptor(reference, "EntryPoint")
        sys.path.insert(0, os.getcwd())  # like `python -m`; a console script has its own folder there instead
        return import_adaptor(reference, "--adaptor")
