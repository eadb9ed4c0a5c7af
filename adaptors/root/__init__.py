"""Run an application under an Open Job Description scheduler: load it once, run many tasks in it, always clean up.

Nothing is loaded before it is used, since ``daemon run`` pays for each import once per task.
"""

from __future__ import annotations

from adaptor_runtime_client import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .adaptors.command_line import EntryPoint

__all__ = ["EntryPoint", "__version__"]


def __getattr__(name: str) -> object:
    if name == "EntryPoint":
        from .adaptors.command_line import EntryPoint

        return EntryPoint
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
