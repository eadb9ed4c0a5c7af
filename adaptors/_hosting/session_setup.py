"""The checks before a session may begin: the configuration, the schemas, the init data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

import attrs

from .._adaptor import data_class
from .._messages.journal import new_journal
from .._messages.log_levels import LogLevels, package_of
from .._messages.own_log import log
from .._rule_sources import has_rules
from .._session.private_state import private_state
from ..configuration._effective import EffectiveConfiguration
from ..configuration._managers import adaptor_configuration_manager
from . import mistaken_names
from .class_check import knows_rules
from .data_checks import DataChecks
from .factory import adaptor_factory
from .releases import releases

if TYPE_CHECKING:
    from .._adaptor import BaseAdaptor
    from .._deadlines import Deadlines
    from .._messages.emitter import Emitter


@attrs.frozen
class SessionSetup:
    """A session that may begin.

    Attributes:
        adaptor_class: The adaptor.
        construct: Constructs it.
        fields: The values of its fields if its constructor does not call ours.
        configuration: The configuration of the session.
        checks: The checks of its data.
        levels: The log levels.
        versions: The releases of the runtime, the adaptor, and Python.
        rules: The output rules of the job, a ``RuleSet``; ``()`` for none.
    """

    adaptor_class: type[BaseAdaptor[Any]]
    construct: Callable[[], BaseAdaptor[Any]]
    fields: dict[str, Any]
    configuration: EffectiveConfiguration
    checks: DataChecks
    levels: LogLevels
    versions: dict[str, str]
    rules: Any = ()

    @property
    def deadlines(self) -> Deadlines:
        """The limits of the phases."""
        return self.configuration.deadlines

    @property
    def heartbeat(self) -> float | None:
        """After how many seconds without output a status message says so; None for never."""
        return self.configuration.runtime.merged().heartbeat

    @property
    def line_times(self) -> bool:
        """Whether the time is printed in front of each line."""
        return self.configuration.runtime.merged().line_times

    def journal(self, given: str | None) -> str | None:
        """Return the path of the journal: from ``--journal``, or a new file in the configured folder.

        Raises:
            BadInputError: The configured folder is unusable.
        """
        settings = self.configuration.runtime.merged()
        folder = settings.journal_directory
        if given is not None or folder is None:
            return given
        return new_journal(folder, self.adaptor_class.__name__, settings.journal_count)

    def shown_init_data(self) -> Any:
        """Return the init data for the journal, without its secrets; None if the journal has no data."""
        return self.checks.init_data.shown(self.fields["init_data"]) if self._journal_has_data else None

    @property
    def show_run_data(self) -> Callable[[Any], Any] | None:
        """Returns run data for the journal, without its secrets; None if the journal has no data."""
        return self.checks.run_data.shown if self._journal_has_data else None

    @property
    def _journal_has_data(self) -> bool:
        return self.configuration.runtime.merged().journal_data

    def factory(self) -> Callable[[], BaseAdaptor[Any]]:
        """Return a function that constructs the adaptor on the hook thread, as the first part of start.

        It first logs the releases and what the configuration files change.
        """

        def construct() -> BaseAdaptor[Any]:
            log().info("versions", **self.versions)
            for warning in mistaken_names.warnings(self.adaptor_class):
                log().warning(warning)
            self.configuration.announce()
            return self.construct()

        return construct

    def complete(self, emitter: Emitter, adaptor: BaseAdaptor[Any]) -> None:
        """Complete a constructed adaptor with its fields and its output rules, and set the log level.

        A constructor that does not call ours leaves the fields unset, and init data a dictionary. An adaptor
        constructed with its own ``config_opts`` takes its log level from there.

        Raises:
            BadInputError: Its init data does not fit, or the configuration that it names is unusable.
        """
        attributes = object.__getattribute__(adaptor, "__dict__")
        for name, value in self.fields.items():
            attributes.setdefault(name, value)
        private_state(adaptor).output_rules = self.rules
        if data_class(type(adaptor), "InitData") is not None:
            from .._typed_data.adoption import adopt_init_data

            adopt_init_data(adaptor)
        options = attributes["config_opts"]
        if options is not None:
            configuration = adaptor_configuration_manager(type(adaptor), options).build_config()
            emitter.set_levels(attrs.evolve(self.levels, adaptor=configuration.log_level))


def prepare(
    adaptor_class: type[BaseAdaptor[Any]],
    init_data: dict[str, Any],
    path_mapping_rules: dict[str, Any],
    deadlines: dict[str, float | None],
) -> SessionSetup:
    """Return the session, or raise if it may not begin.

    Args:
        adaptor_class: The adaptor.
        init_data: The session's data.
        path_mapping_rules: The scheduler's rules.
        deadlines: The deadlines from the command line.

    Raises:
        BadInputError: The configuration, a schema, the init data, or a file with output rules is invalid.
    """
    configuration = EffectiveConfiguration.of(adaptor_class, deadlines)
    checks = DataChecks.of(adaptor_class, path_mapping_rules)
    checks.check_init_data(init_data)
    rules = _rules(adaptor_class, init_data, checks)
    levels = LogLevels(configuration.runtime_level, configuration.adaptor_level, package_of(adaptor_class))
    construct = adaptor_factory(adaptor_class, init_data, path_mapping_rules)
    fields = {"init_data": init_data, "path_mapping_data": path_mapping_rules, "config_opts": None}
    versions = releases(adaptor_class)
    return SessionSetup(adaptor_class, construct, fields, configuration, checks, levels, versions, rules)


def _rules(adaptor_class: type[BaseAdaptor[Any]], init_data: dict[str, Any], checks: DataChecks) -> Any:
    if not (knows_rules(adaptor_class) and has_rules(adaptor_class)):
        return ()
    from .._adaptor_rules import rules_of_job

    schema = checks.init_data.schema
    names = () if schema is None else schema.place.names
    return rules_of_job(adaptor_class, init_data, names)
