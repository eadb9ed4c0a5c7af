"""What has to be right before a session may begin: the configuration, the schemas, the init data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

import attrs

from .._data_checks import DataChecks
from .._emitter import log
from .._journal import new_journal
from .._log_levels import LogLevels, package_of
from ..configuration._effective import EffectiveConfiguration
from ._factory import adaptor_factory
from ._releases import releases

if TYPE_CHECKING:
    from .._adaptor import BaseAdaptor
    from .._deadlines import Deadlines
    from .._emitter import Emitter


@attrs.frozen
class Preparation:
    """A session that may begin.

    Attributes:
        adaptor_class: The adaptor.
        construct: Constructs it.
        configuration: What the session goes by.
        checks: What its data has to fit.
        levels: Which log records are shown.
    """

    adaptor_class: type[BaseAdaptor[Any]]
    construct: Callable[[], BaseAdaptor[Any]]
    configuration: EffectiveConfiguration
    checks: DataChecks
    levels: LogLevels

    @property
    def deadlines(self) -> Deadlines:
        """The limits of the phases."""
        return self.configuration.deadlines

    def journal(self, given: str | None) -> str | None:
        """Return where the journal is to stay: what ``--journal`` says, else a new file where configuration says.

        Raises:
            BadInputError: The folder that the configuration names cannot be used.
        """
        folder = self.configuration.runtime.merged().journal_directory
        if given is not None or folder is None:
            return given
        return new_journal(folder, self.adaptor_class.__name__)

    def factory(self, emitter: Emitter) -> Callable[[], BaseAdaptor[Any]]:
        """Return a function that constructs the adaptor, to be called on the hook thread as the first part of start.

        It says first which releases these are and what the configuration files change. An adaptor that was constructed
        with ``config_opts`` of its own has its log level from there.
        """

        def construct() -> BaseAdaptor[Any]:
            log().info("versions", **releases(self.adaptor_class))
            self.configuration.announce()
            adaptor = self.construct()
            if adaptor.config_opts is not None:
                emitter.set_levels(attrs.evolve(self.levels, adaptor=adaptor.config.log_level))
            return adaptor

        return construct


def prepare(
    adaptor_class: type[BaseAdaptor[Any]],
    init_data: dict[str, Any],
    path_mapping_rules: dict[str, Any],
    deadlines: dict[str, float | None],
) -> Preparation:
    """Return the session, or say why it may not begin.

    Args:
        adaptor_class: The adaptor.
        init_data: The session's data.
        path_mapping_rules: The scheduler's rules.
        deadlines: What the command line says of them.

    Raises:
        BadInputError: The configuration, a schema or the init data cannot be used.
    """
    configuration = EffectiveConfiguration.of(adaptor_class, deadlines)
    checks = DataChecks.of(adaptor_class)
    checks.check_init_data(init_data)
    levels = LogLevels(configuration.runtime_level, configuration.adaptor_level, package_of(adaptor_class))
    construct = adaptor_factory(adaptor_class, init_data, path_mapping_rules)
    return Preparation(adaptor_class, construct, configuration, checks, levels)
