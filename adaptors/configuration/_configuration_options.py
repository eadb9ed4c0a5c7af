"""The author's options for the configuration of an adaptor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Optional, TypeVar, Union

import attrs

ConfigurationT = TypeVar("ConfigurationT")


@attrs.frozen
class AdaptorConfigurationOptions(Generic[ConfigurationT]):
    """Where to find an adaptor's configuration, if not in the usual places.

    Attributes:
        config_cls: The class that holds it; None for ``AdaptorConfiguration``.
        config_path: The file with the defaults; None for ``<Class>.json`` next to the adaptor's module.
        schema_path: The JSON Schema file or files that each configuration file must fit, in addition to the one for all
            adaptors; None for ``<Class>.schema.json`` in ``$ADAPTOR_CONFIG_SCHEMA_PATH`` or, failing that, next to the
            adaptor's module, if it exists.
    """

    config_cls: Optional[type[ConfigurationT]] = None
    config_path: Optional[str] = None
    schema_path: Union[str, Sequence[str], None] = None
