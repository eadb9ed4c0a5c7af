"""What a command goes by: the configuration of the runtime and of its adaptor, and what follows from both."""

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

_log = logging.getLogger("adaptor_runtime.configuration")


@attrs.frozen
class EffectiveConfiguration:
    """The configuration of the runtime and of one adaptor class.

    Attributes:
        runtime: The runtime's files.
        adaptor: The adaptor's files; None where no adaptor is known.
        declared: The deadlines that the adaptor's class declares.
    """

    runtime: Layers[RuntimeConfiguration]
    adaptor: Optional[Layers[AdaptorConfiguration]] = None
    declared: Deadlines = attrs.field(factory=Deadlines)

    @classmethod
    def of(cls, adaptor_class: type[BaseAdaptor[Any]] | None) -> EffectiveConfiguration:
        """Read the configuration for an adaptor class, before there is an instance.

        Raises:
            BadInputError: A file is malformed or does not fit its schema.
        """
        runtime = runtime_configuration_manager().layers()
        if adaptor_class is None:
            return cls(runtime)
        manager = adaptor_configuration_manager(adaptor_class, adaptor_class.default_config_opts)
        return cls(runtime, manager.layers(), adaptor_class.deadlines)

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
        """The limits of the phases: what the adaptor's files say, else the runtime's, else the class."""
        deadlines = self.declared.replaced(self.runtime.merged().deadlines)
        return deadlines if self.adaptor is None else deadlines.replaced(self.adaptor.merged().deadlines)

    def deadline_source(self, phase: str) -> str | None:
        """Return the path of the file that sets a deadline; None where none does."""
        for layers in (self.adaptor, self.runtime):
            if layers is not None and phase in layers.merged().deadlines:
                return layers.source_of("deadlines")
        return None

    def announce(self) -> None:
        """Say in the log which file changes what."""
        for layers in (self.runtime, self.adaptor):
            if layers is not None:
                layers.announce(_log.info, _log.warning)
