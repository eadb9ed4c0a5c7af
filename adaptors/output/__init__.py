"""The rules that look at the lines of an application's output. Names are loaded on first use."""

from __future__ import annotations

from adaptor_runtime_client._lazy_face import lazy_face

TYPE_CHECKING = False

if TYPE_CHECKING:
    from ._regex_callback import RegexCallback
    from ._regex_handler import RegexHandler

__all__ = ["RegexCallback", "RegexHandler"]

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "RegexCallback": "._regex_callback",
        "RegexHandler": "._regex_handler",
    },
)
