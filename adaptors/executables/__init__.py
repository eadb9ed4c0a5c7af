"""The program that an adaptor needs: where it is, which version it is. Names are loaded on first use."""

from __future__ import annotations

from adaptor_runtime_client._lazy_face import lazy_face

TYPE_CHECKING = False

if TYPE_CHECKING:
    from ._errors import ExecutableNotFoundError
    from ._executable import Executable
    from ._selected_executable import SelectedExecutable

__all__ = ["Executable", "ExecutableNotFoundError", "SelectedExecutable"]

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "Executable": "._executable",
        "ExecutableNotFoundError": "._errors",
        "SelectedExecutable": "._selected_executable",
    },
)
