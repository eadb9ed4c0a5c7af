"""What a test gives to a session, whichever way it is run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Optional

import attrs

from ..adaptors import PathMappingRule
from ._json_data import as_json
from ._limits import given_deadlines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..adaptors import Deadlines

    Rules = Sequence[PathMappingRule | Mapping[str, Any]] | Mapping[str, Any] | None


@attrs.frozen
class SessionOptions:
    """What a test gives to a session, as it would arrive from a scheduler.

    Attributes:
        init_data: The session's data.
        path_mapping_rules: The scheduler's rules, in the mapping that holds them.
        configuration: Overrides the adaptor's configuration files.
        deadlines: The limits that the test gives.
        environment: Environment variables of the session.
        timeout: The limit of each call, in seconds.
    """

    init_data: dict[str, Any]
    path_mapping_rules: dict[str, Any]
    configuration: Optional[Mapping[str, Any]]
    deadlines: dict[str, Optional[float]]
    environment: dict[str, str]
    timeout: float

    @classmethod
    def given(
        cls,
        *,
        init_data: Mapping[str, Any] | None,
        path_mapping_rules: Rules,
        configuration: Mapping[str, Any] | None,
        deadlines: Mapping[str, float | None] | Deadlines | None,
        environment: Mapping[str, str] | None,
        timeout: float,
    ) -> SessionOptions:
        """Return the options for the arguments that ``session`` and ``daemon_session`` share.

        Raises:
            TypeError: The data cannot be expressed in JSON.
            ValueError: There is no deadline of a name.
        """
        return cls(
            init_data=as_json(init_data or {}),
            path_mapping_rules=_rules(path_mapping_rules),
            configuration=configuration,
            deadlines=given_deadlines(deadlines),
            environment=dict(environment or {}),
            timeout=timeout,
        )


def _rules(given: Rules) -> dict[str, Any]:
    if not given:
        return {}
    if isinstance(given, Mapping):
        return dict(as_json(given))
    rules = [each.to_dict() if isinstance(each, PathMappingRule) else as_json(each) for each in given]
    return {"version": "pathmapping-1.0", "path_mapping_rules": rules}
