from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import adaptor_runtime_client
import pytest

PACKAGE = Path(adaptor_runtime_client.__file__).parent

PROGRAM = """
import socket, sys
sys.path.insert(0, sys.argv[1])
from adaptor_runtime_client import __version__, _greeting
from adaptor_runtime_client._channel import Channel, MESSAGE_LIMIT
from adaptor_runtime_client._messages import Message, Output, Run
from adaptor_runtime_client._transport import Transport
left, right = map(Channel, map(Transport, socket.socketpair()))
left.send(Run("task", {"name": "\\udcff"}))
left.send(Output("stdout"), b"line")
assert right.receive() == (Run("task", {"name": "\\udcff"}), b"")
assert right.receive(5) == (Output("stdout"), b"line")
left.close(), right.close()
foreign = [name for name in sys.modules if "site-packages" in str(getattr(sys.modules[name], "__file__", ""))]
print(__version__, foreign)
"""


def interpreter(version):
    if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
        return sys.executable
    installed = sorted(Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python"))
    return str(installed[-1]) if installed else shutil.which(f"python{version}")


@pytest.mark.parametrize("version", ["3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"])
def test_the_client_works_in_the_python_of_an_application(version, tmp_path):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"Python {version} is not installed")
    shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    finished = subprocess.run(
        [python, "-I", "-B", "-S", "-X", "dev", "-W", "error", "-c", PROGRAM, str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout == f"{adaptor_runtime_client.__version__} []\n"


def test_the_package_itself_loads_nothing():
    program = "import sys; before = set(sys.modules); import adaptor_runtime_client; print(set(sys.modules) - before)"
    finished = subprocess.run(
        [sys.executable, "-S", "-c", program], check=True, capture_output=True, text=True, cwd=PACKAGE.parent
    )
    assert set(finished.stdout.strip("{}'\n").split("', '")) <= {"adaptor_runtime_client", "__future__"}
