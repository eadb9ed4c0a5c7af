"""What a session under test changes in the process of the test, and how it is undone."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_one_session = threading.Lock()

_OF_THE_TEST_RUNNER = {"PYTEST_CURRENT_TEST"}
"""Variables that change from one phase of a test to the next."""


@contextmanager
def only_session() -> Iterator[None]:
    """Claim this process, which has one session at a time.

    Raises:
        RuntimeError: Another session is open.
    """
    if not _one_session.acquire(blocking=False):
        raise RuntimeError("another session is open in this process: stop it first, or use daemon_session for one")
    try:
        yield
    finally:
        _one_session.release()


@contextmanager
def same_environment_afterwards(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables; afterwards, restore all of them, the working directory, and the search path.

    Args:
        variables: The variables to set.
    """
    former, directory, search_path = dict(os.environ), os.getcwd(), list(sys.path)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in {*os.environ, *former} - _OF_THE_TEST_RUNNER:
            if name not in former:
                del os.environ[name]
            elif os.environ.get(name) != former[name]:
                os.environ[name] = former[name]
        if os.path.isdir(directory):
            os.chdir(directory)
        sys.path[:] = search_path


@contextmanager
def configuration_file(adaptor_name: str, configuration: Mapping[str, Any] | None) -> Iterator[dict[str, str]]:
    """Write the configuration of an adaptor to a file; give the environment variable that names it.

    Args:
        adaptor_name: The name of the class.
        configuration: What overrides all other files; None for nothing.
    """
    if configuration is None:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="adaptor-test-") as folder:
        path = os.path.join(folder, f"{adaptor_name}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(dict(configuration), file)
        yield {f"{adaptor_name.upper()}_CONFIG_PATH": path}
