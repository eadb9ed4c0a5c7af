"""The configuration in force for a command: the runtime's, its adaptor's, and what follows from both."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Optional

import attrs

from .._deadlines import Deadlines
from ._configuration import AdaptorConfiguration, RuntimeConfiguration
from ._layers import Layers
from ._managers import adaptor_configuration_manager, runtime_configuration_manager

if TYPE_CHECKING:
    from .._adaptor import BaseAdaptor

CLASS = "the adaptor class"

_log = logging.getLogger("adaptor_runtime.configuration")


@attrs.frozen
class EffectiveConfiguration:
    """The configuration of the runtime and of one adaptor class.

    Attributes:
        runtime: The runtime's files.
        adaptor: The adaptor's files; None if no adaptor is known.
        declared: The deadlines that the adaptor's class declares.
        given: The deadlines on the command line, which override all others.
    """

    runtime: Layers[RuntimeConfiguration]
    adaptor: Optional[Layers[AdaptorConfiguration]] = None
    declared: Deadlines = attrs.field(factory=Deadlines)
    given: dict[str, Optional[float]] = attrs.field(factory=dict)

    @classmethod
    def of(
        cls, adaptor_class: type[BaseAdaptor[Any]] | None, given: dict[str, float | None] | None = None
    ) -> EffectiveConfiguration:
        """Read the configuration for an adaptor class, before an instance exists.

        Args:
            adaptor_class: The class; None if none is known.
            given: The deadlines on the command line.

        Raises:
            BadInputError: A file is malformed or does not fit its schema.
        """
        runtime = runtime_configuration_manager().layers()
        if adaptor_class is None:
            return cls(runtime, given=given or {})
        manager = adaptor_configuration_manager(adaptor_class, adaptor_class.default_config_opts)
        return cls(runtime, manager.layers(), adaptor_class.deadlines, given or {})

    @property
    def runtime_level(self) -> str:
        """The log level of the runtime's own records."""
        return self.runtime.merged().log_level

    @property
    def adaptor_level(self) -> str:
        """The log level of everything else."""
        return self.runtime_level if self.adaptor is None else self.adaptor.merged().log_level

    @property
    def deadlines(self) -> Deadlines:
        """The time limits: from the command line, else the adaptor's files, else the runtime's, else the class."""
        adaptor = {} if self.adaptor is None else self.adaptor.merged().deadlines
        return self.declared.replaced({**self.runtime.merged().deadlines, **adaptor, **self.given})

    def deadline_source(self, phase: str) -> str | None:
        """Return what sets a deadline: ``--deadline``, a file and its layer, or the class; None for the default."""
        if phase in self.given:
            return "--deadline"
        for layers in (self.adaptor, self.runtime):
            source = layers.source_of("deadlines", phase) if layers is not None else None
            if source is not None:
                return source
        return CLASS if getattr(self.declared, phase) != getattr(Deadlines(), phase) else None

    def announce(self) -> None:
        """Log which file changes what."""
        for layers in (self.runtime, self.adaptor):
            if layers is not None:
                layers.announce(_log.info, _log.warning)
