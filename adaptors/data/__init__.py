"""Read and check data from a user or a scheduler: init data, run data, path mapping rules."""

from __future__ import annotations

from adaptor_runtime_client._lazy_face import lazy_face

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._load import load_mapping
    from ._schema import Schema
    from ._validators import AdaptorDataValidator, AdaptorDataValidators

__all__ = ["AdaptorDataValidator", "AdaptorDataValidators", "Schema", "load_mapping"]

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "AdaptorDataValidator": "._validators",
        "AdaptorDataValidators": "._validators",
        "Schema": "._schema",
        "load_mapping": "._load",
    },
)
