"""Applications: start them, read them, end them. Names are loaded on first use."""

from __future__ import annotations

from adaptor_runtime_client._lazy_face import lazy_face

TYPE_CHECKING = False

if TYPE_CHECKING:
    from ._errors import ApplicationFailedError
    from ._logging_subprocess import LoggingSubprocess
    from ._managed_process import ManagedProcess
    from ._stream_logger import StreamLogger

__all__ = ["ApplicationFailedError", "LoggingSubprocess", "ManagedProcess", "StreamLogger"]

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "ApplicationFailedError": "._errors",
        "LoggingSubprocess": "._logging_subprocess",
        "ManagedProcess": "._managed_process",
        "StreamLogger": "._stream_logger",
    },
)
