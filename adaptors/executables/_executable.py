"""The declaration of the program that an adaptor needs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Union, overload

import attrs

from ...ipc._errors import BadInputError
from .._paths.os_name import OSName
from ._declaration_check import (
    HOW_TO_ASK,
    Requires,
    checked_candidates,
    checked_environment,
    checked_names,
    checked_options,
    checked_requires,
    checked_timeout,
    checked_version,
)
from ._requirement import HOW_TO_WRITE, fits, is_requirement

if TYPE_CHECKING:
    from ._selected_executable import SelectedExecutable
    from ._version_probe import VersionProbe


@attrs.frozen(eq=False)
class Executable:
    r"""Declare the program that an adaptor needs, as an attribute of its class; the instance has the selected one.

    The program is looked for when the attribute is first read, in this order: the environment variable; the key of
    the adaptor's configuration that has the attribute's name; the names on the PATH; the candidates. A program that the
    variable or the configuration names must be usable. On the PATH, the first usable one is selected; of the
    candidates, the newest version.

    To ask for a version, the program is run. The answer is kept for a day in the user's cache directory, as long as the
    program's file does not change.

    Attributes:
        names: The name of the program on the PATH, or several.
        environment: The environment variable that holds its path or name; None for none.
        candidates: Paths by operating system: ``linux``, ``darwin``, ``windows``, or ``posix``. They may have ``*``,
            ``?`` and ``[...]``, environment variables, and ``~``.
        version: The arguments that make the program print its version, then a regular expression for a line of its
            output, whose first group is the version. None if the version does not matter.
        requires: The versions that can be used, such as ``">=3.6,<5"``; or a function that takes the adaptor and
            returns them, for a job that asks for a version.
        options: Options of the command line by version. The lists of all requirements that the version fulfills are
            put together.
        timeout: How long the program may take to print its version, in seconds.

    Raises:
        TypeError: An argument has a wrong type; the message says what to write.
        ValueError: An argument is malformed; the message says what to write.

    >>> from adaptor_runtime import Adaptor
    >>> class BlenderAdaptor(Adaptor):
    ...     executable = Executable(
    ...         "blender",
    ...         environment="BLENDER_EXECUTABLE",
    ...         candidates={"linux": ["/opt/blender-*/blender"], "darwin": ["/Applications/Blender*.app/*/*/Blender"]},
    ...         version=("--version", r"Blender (\d+\.\d+\.\d+)"),
    ...         requires=">=3.6,<5",
    ...         options={">=4.2": ["--gpu-backend", "opengl"]},
    ...     )
    """

    names: tuple[str, ...] = attrs.field(converter=checked_names)
    environment: str = attrs.field(default=None, converter=checked_environment, kw_only=True)
    candidates: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict, converter=checked_candidates, kw_only=True)
    version: tuple[str, ...] = attrs.field(default=None, converter=checked_version, kw_only=True)
    requires: Requires = attrs.field(default="", converter=checked_requires, kw_only=True)
    options: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict, converter=checked_options, kw_only=True)
    timeout: float = attrs.field(default=20.0, converter=checked_timeout, kw_only=True)
    _attribute: str = attrs.field(default="", init=False)

    def __attrs_post_init__(self) -> None:
        if not self.version and (self.requires or self.options):
            what = "requires" if self.requires else "options"
            raise ValueError(f"{what} needs the version of the program; {HOW_TO_ASK}")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.names[0]}>"

    def __set_name__(self, owner: type, name: str) -> None:
        object.__setattr__(self, "_attribute", name)

    @overload
    def __get__(self, instance: None, owner: type) -> Executable: ...

    @overload
    def __get__(self, instance: object, owner: type) -> SelectedExecutable: ...

    def __get__(self, instance: object, owner: type) -> Union[Executable, SelectedExecutable]:
        """Return the selected program, which the instance then keeps; the declaration on the class."""
        if instance is None:
            return self
        selected = self.select(instance)
        attributes: dict[str, Any] | None = getattr(instance, "__dict__", None)
        if attributes is not None and self._attribute:
            selected = attributes.setdefault(self._attribute, selected)
        return selected

    def select(self, adaptor: object = None) -> SelectedExecutable:
        """Return the program to use. Reading the attribute of an adaptor calls this once.

        Args:
            adaptor: The adaptor, for its configuration and for ``requires``; None for neither.

        Raises:
            ExecutableNotFoundError: None can be used. The message lists what was found, where, and why it was rejected.
            BadInputError: ``requires`` or the configuration of the adaptor is malformed.
            ApplicationFailedError: The session was canceled while a program was asked for its version.
        """
        from ._selected_executable import SelectedExecutable
        from ._selection import Selection

        requirement = self._requirement(adaptor)
        selection = Selection(self.names, self._patterns(), requirement, self._probe(), self.environment)
        given = self._given(adaptor)
        chosen = selection.found() if given is None else selection.given(*given)
        options = [option for wanted, some in self.options.items() if fits(chosen.version, wanted) for option in some]
        from .._messages.own_log import log

        log().info("executable", path=chosen.path, version=chosen.version or "unknown", place=chosen.place)
        return SelectedExecutable(chosen.path, version=chosen.version, options=tuple(options), place=chosen.place)

    def _patterns(self) -> tuple[str, ...]:
        here = OSName()
        both = self.candidates.get(OSName.POSIX, ()) if here != OSName.WINDOWS else ()
        return (*self.candidates.get(here, ()), *both)

    def _probe(self) -> VersionProbe | None:
        if not self.version:
            return None
        from ._version_probe import VersionProbe

        return VersionProbe(self.version[:-1], self.version[-1], self.timeout)

    def _requirement(self, adaptor: object) -> str:
        if isinstance(self.requires, str):
            return self.requires
        requirement = self.requires(adaptor) or ""
        if not isinstance(requirement, str) or not is_requirement(requirement):
            raise BadInputError(f"the requested version of {self.names[0]} is {requirement!r}; {HOW_TO_WRITE}")
        return requirement

    def _given(self, adaptor: object) -> tuple[str, str] | None:
        """Return where the program is named and how; None if nobody names it."""
        named = os.environ.get(self.environment) if self.environment else None
        if named:
            return self.environment, named
        configuration = getattr(adaptor, "config", None)
        value = configuration.get(self._attribute) if isinstance(configuration, Mapping) else None
        if value is None:
            return None
        place = f"{self._attribute} in the configuration"
        if not isinstance(value, str) or not value:
            raise BadInputError(f"{place} is {value!r}; write the path of {self.names[0]}")
        return place, value
