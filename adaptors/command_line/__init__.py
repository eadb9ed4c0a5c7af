"""The command line of every adaptor, and of ``adaptor-runtime`` itself."""

from __future__ import annotations

from adaptor_runtime_client._lazy_face import lazy_face

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._entry_point import EntryPoint, main

__all__ = ["EntryPoint", "main"]

__getattr__, __dir__ = lazy_face(
    __name__,
    {"EntryPoint": "._entry_point", "main": "._entry_point"},
)
