"""``daemon _serve`` without click, which a daemon would keep in memory but never need."""

from __future__ import annotations

from ...ipc._errors import SystemRefusalError
from ...statemachine._errors import AdaptorRuntimeError
from ._task_arguments import ADAPTOR, read_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from .._hosting.target import Target


def serve_if_asked(arguments: list[str], target: Target, on_ready: set[Callable[[], object]]) -> int | None:
    """Serve as the daemon if ``arguments`` request it, and return the exit code; otherwise return None.

    Args:
        arguments: The words after the program.
        target: The adaptor; without an entry point, its name comes from the arguments.
        on_ready: Functions to call once the daemon is ready.
    """
    values, words = read_options(arguments, {} if target.is_of_program else ADAPTOR)
    if words != ["daemon", "_serve"]:
        return None
    if not target.is_of_program:
        target.reference = values["adaptor"]
    try:
        from .._hosting.daemon_process import serve

        return serve(target, on_ready)
    except AdaptorRuntimeError as error:
        return report(error)
    except OSError as error:
        return report(SystemRefusalError.of(error))


def traceback_of(error: AdaptorRuntimeError) -> list[str]:
    """Return the lines of the traceback of an error that the module of an adaptor raised; of others, none."""
    return str(getattr(error, "traceback", "")).splitlines()


def report(error: AdaptorRuntimeError) -> int:
    """Report on standard error why a command that no scheduler runs failed, and return the exit code."""
    from ...ipc._stream.openjd_messages import one_line
    from ._printed_lines import print_text

    lines = [*traceback_of(error), one_line(str(error))]
    print_text("".join(f"error: {line}\n" for line in lines), err=True)
    return error.exit_code
