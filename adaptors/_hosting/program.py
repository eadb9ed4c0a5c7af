"""The running program: whether it is the adaptor's own, and how a new interpreter runs it."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

_MAIN = "__main__"
_RUNNERS = {"runpy", "importlib", "adaptor_runtime"}
"""Modules that may be between the start of a program and the adaptor's entry point."""

_FLAGS = {
    "bytes_warning": "b",
    "debug": "d",
    "dont_write_bytecode": "B",
    "ignore_environment": "E",
    "isolated": "I",
    "no_site": "S",
    "no_user_site": "s",
    "optimize": "O",
    "safe_path": "P",
    "verbose": "v",
}
"""The letters of the options in ``sys.flags``, except ``-i`` and ``-q``, which are for a terminal."""


def interpreter() -> list[str]:
    """Return this interpreter and its options, such as ``-O``, ``-X utf8``, ``-I``, ``-W``."""
    counts = {letter: int(getattr(sys.flags, name, 0)) for name, letter in _FLAGS.items()}
    options = ["-" + letter * count for letter, count in counts.items() if count > 0]
    options += [f"-W{option}" for option in sys.warnoptions]
    for name, value in getattr(sys, "_xoptions", {}).items():
        options += ["-X", name if value is True else f"{name}={value}"]
    return [sys.executable, *options]


def running_program() -> list[str]:
    """Return the arguments with which an interpreter runs the same program: a module, folder, archive, or script.

    Raises:
        BadInputError: It got its program in another way.
    """
    import os

    from ...ipc._errors import BadInputError

    main = sys.modules.get(_MAIN)
    spec = getattr(main, "__spec__", None)
    if spec is None:
        file = getattr(main, "__file__", None)
        if file is None:
            raise BadInputError(
                "a daemon needs a program in a file: save the program to a file, or pass reentry_exe to start()"
            )
        return [os.path.abspath(file)]
    if spec.name == _MAIN:  # python FOLDER, python ARCHIVE, and the programs that pip makes on Windows
        return [os.path.dirname(os.path.abspath(str(spec.origin)))]
    return ["-m", spec.parent if spec.name.endswith("." + _MAIN) else spec.name]


def package_with_main(module: str) -> str | None:
    """Return the package that ``python -m`` runs for a module: its own, or one above; None without any."""
    from importlib.util import find_spec

    package = module.rpartition(".")[0]
    while package:
        try:
            if find_spec(f"{package}.{_MAIN}") is not None:
                return package
        except Exception:  # noqa: BLE001, S110  the module is gone, or cannot be imported, which the command reports
            pass
        package = package.rpartition(".")[0]
    return None


def is_called_by_another(module: str, caller: FrameType) -> bool:
    """Return whether a program other than the adaptor's own calls the adaptor's entry point.

    Its own is a module that is run (``python -m package``), a folder or an archive, a script with the adaptor in it,
    and a script that calls a function of the adaptor's package, as pip makes them. Another one is a test runner, whose
    modules stand in between, or a script that calls the entry point itself although the package could be run.

    Args:
        module: The module of the adaptor; empty if what was given is none, which the command reports.
        caller: The frame that calls the entry point.
    """
    if not module:
        return False
    own = module.partition(".")[0]
    names = _names_of_callers(caller)
    if any(name.partition(".")[0] not in {own, _MAIN, *_RUNNERS} for name in names):
        return True
    is_script = getattr(sys.modules.get(_MAIN), "__spec__", None) is None
    # Without a runnable package, a script is the only entry point.
    return names[0] == _MAIN and is_script and package_with_main(module) is not None


def _names_of_callers(caller: FrameType) -> list[str]:
    names = []
    frame: FrameType | None = caller
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if not name.startswith("importlib._") and not name.startswith("_frozen_importlib"):
            names.append(name)
        frame = frame.f_back
    return names
