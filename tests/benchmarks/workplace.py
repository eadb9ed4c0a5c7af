"""A temporary place with both runtimes in it as a user would have installed them, and every process that runs there."""

from __future__ import annotations

import compileall
import json
import os
import re
import select
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from importlib.util import find_spec
from pathlib import Path
from typing import IO, NamedTuple

import psutil

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
MARK = "ADAPTOR_RUNTIME_BENCHMARK"
"""The environment variable by which the processes of one workplace are known."""


class Runtime(NamedTuple):
    """One of the two, and the folder with the adaptor that is written for it."""

    name: str
    folder: Path
    client_folder: Path


class Finished(NamedTuple):
    """A command that has ended."""

    seconds: float
    code: int
    output: str


class Workplace:
    """Make the place on entering; on leaving, end what still runs there, and remove it.

    Args:
        with_reference: Whether there is a reference to measure.
    """

    def __init__(self, *, with_reference: bool) -> None:
        self._with_reference = with_reference

    def __enter__(self) -> Workplace:
        self.root = Path(tempfile.mkdtemp(prefix="bench-"))
        (self.root / "tmp").mkdir(mode=0o700)
        self.site = self._make_environment()
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "OPENJD", "COVERAGE"))},
            "TMPDIR": str(self.root / "tmp"),
            MARK: str(self.root),
        }
        self.runtimes = [self._make_runtime("reference", "openjd.")] if self._with_reference else []
        self.runtimes.append(self._make_runtime("ours", ""))
        self.emitter = self._make_emitter()
        return self

    def __exit__(self, *error: object) -> None:
        self.end_processes()
        shutil.rmtree(self.root, ignore_errors=True)

    def end_processes(self) -> None:
        """End everything that was started here and is still running, daemons and their applications too."""
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == str(self.root):
                    process.kill()
            except psutil.Error:
                continue

    # What is in it.

    def _make_environment(self) -> Path:
        # Without the hooks that an editable install, coverage and setuptools add to the start of each interpreter.
        venv.create(self.root / "environment", with_pip=False, symlinks=True)
        self.python = self.root / "environment" / "bin" / "python"
        site = next((self.root / "environment").glob("lib/python*/site-packages"))
        for entry in Path(sysconfig.get_path("purelib")).iterdir():
            if entry.suffix != ".pth" and not entry.name.startswith(("__editable__", "__pycache__")):
                (site / entry.name).symlink_to(entry)
        if not (site / "adaptor_runtime").exists():
            _copy_sources(site)
        self.bare_command = self.root / "environment" / "bin" / "adaptor-runtime"
        script = (Path(sys.executable).parent / "adaptor-runtime").read_text().partition("\n")[2]
        self.bare_command.write_text(f"#!{self.python}\n{script}")
        self.bare_command.chmod(0o755)
        return site

    def _make_runtime(self, name: str, prefix: str) -> Runtime:
        folder = self.root / name
        (folder / "subject").mkdir(parents=True)
        for source in (HERE / "subject").glob("*.py"):
            text = re.sub(r"\bfrom (?=adaptor_runtime)", f"from {prefix}", source.read_text())
            (folder / "subject" / source.name).write_text(text)
        compileall.compile_dir(folder, quiet=1)
        client_folder = folder / "client"
        client_folder.mkdir()
        client = self.site.joinpath(*prefix.split("."), "adaptor_runtime_client")
        (client_folder / "adaptor_runtime_client").symlink_to(client)
        return Runtime(name, folder, client_folder)

    def _make_emitter(self) -> list[str]:
        compiler = shutil.which("cc")
        program = self.root / "emit"
        if compiler:
            command = [compiler, "-O2", "-o", program, HERE / "programs" / "emit.c"]
            if subprocess.run(command, check=False).returncode == 0:
                return [str(program)]
        return self.program("emit")

    def environment_of(self, runtime: Runtime) -> dict[str, str]:
        """Return the environment variables of a runtime's processes: each has the home with its own files."""
        return {**self.environment, "HOME": str(runtime.folder)}

    def program(self, name: str, *arguments: object) -> list[str]:
        """Return the command for one of the small programs beside this module."""
        return [str(self.python), "-I", "-S", str(HERE / "programs" / f"{name}.py"), *map(str, arguments)]

    def subject(self, *arguments: str) -> list[str]:
        """Return the command for the measured adaptor's own command line."""
        return [str(self.python), "-m", "subject", *arguments]

    # What is done in it.

    def start(self, runtime: Runtime, command: list[str], **options: object) -> subprocess.Popen[bytes]:
        """Start a command, in a session of its own: an interrupt is for us to handle."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **options}
        return subprocess.Popen(
            command, cwd=runtime.folder, env=self.environment_of(runtime), start_new_session=True, **options
        )

    def run(self, runtime: Runtime, command: list[str], expected: tuple[int, ...] = (0,)) -> Finished:
        """Run a command to its end."""
        began = time.perf_counter()
        with self.start(runtime, command) as process:
            output = process.stdout.read().decode(errors="replace")
            code = process.wait()
        seconds = time.perf_counter() - began
        if code not in expected:
            raise RuntimeError(f"{runtime.name}: {' '.join(command)} exited with {code}:\n{output[-3000:]}")
        return Finished(seconds, code, output)

    def count_lines(self, runtime: Runtime, command: list[str]) -> tuple[float, int, int]:
        """Run a command that prints much; return its seconds, exit code and number of the emitter's lines."""
        began = time.perf_counter()
        with self.start(runtime, command) as process:
            lines = _count(process.stdout)
            code = process.wait()
        return time.perf_counter() - began, code, lines

    def peak(self, runtime: Runtime, command: list[str]) -> tuple[float, float, int, int]:
        """Do the same; return the peak memory in MB, the seconds, exit code and number of the emitter's lines."""
        read_end, write_end = os.pipe()
        command = self.program("peak", write_end, *command)
        with os.fdopen(read_end) as figures:
            with self.start(runtime, command, pass_fds=[write_end]) as process:
                os.close(write_end)
                lines = _count(process.stdout)
                code = process.wait()
            seconds, megabytes = json.load(figures)
        return megabytes, seconds, code, lines


def _count(stdout: IO[bytes]) -> int:
    end = b"..\n"
    block = bytearray(1024 * 1024)  # begins with the last two bytes of the block before
    view, lines = memoryview(block), 0
    while size := stdout.readinto1(view[2:]):
        lines += block.count(end, 0, size + 2)
        block[:2] = block[size : size + 2]
    return lines


def _copy_sources(site: Path) -> None:
    """Lay the packages of this repository out as its wheel does."""
    try:
        import tomllib
    except ImportError:
        import tomli as tomllib
    tool = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["setuptools"]
    for package in tool["packages"]:
        mapped = package
        while mapped not in tool["package-dir"]:
            mapped = mapped.rpartition(".")[0]
        rest = package[len(mapped) :].strip(".").split(".")
        target = site.joinpath(*package.split("."))
        target.mkdir(exist_ok=True)
        for file in REPOSITORY.joinpath(tool["package-dir"][mapped], *rest).iterdir():
            if file.is_file():
                shutil.copy(file, target)
    compileall.compile_dir(site / "adaptor_runtime", quiet=1)
    compileall.compile_dir(site / "adaptor_runtime_client", quiet=1)


def reference_version() -> str | None:
    """Return the version of the installed reference; None when there is none."""
    try:
        if find_spec("openjd.adaptor_runtime") is None:
            return None
    except ModuleNotFoundError:
        return None
    from importlib.metadata import version

    return version("openjd-adaptor-runtime")


class Session:
    """A daemon, from ``daemon start`` on entering to ``daemon stop`` on leaving.

    Args:
        workplace: Where.
        runtime: Whose.
        init_data: The adaptor's.
    """

    def __init__(self, workplace: Workplace, runtime: Runtime, init_data: dict[str, object] | None = None) -> None:
        self.workplace = workplace
        self.runtime = runtime
        self._init_data = init_data or {}
        self.connection_file = Path(tempfile.mktemp(prefix=f"{runtime.name}-", suffix=".json", dir=workplace.root))

    def __enter__(self) -> Session:
        command = self.command("start", "--init-data", json.dumps(self._init_data))
        self.start_seconds = self.workplace.run(self.runtime, command).seconds
        connection = json.loads(self.connection_file.read_text())
        # The reference has it in the name of its socket.
        self.pid = connection.get("pid") or int(re.match(r"\d+", Path(connection["socket"]).name)[0])
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is None:
            self.stop()

    def command(self, verb: str, *arguments: str, bare: bool = False) -> list[str]:
        """Return a ``daemon`` command; a bare one does not go through the author's entry point."""
        arguments = ("daemon", verb, "--connection-file", str(self.connection_file), *arguments)
        return [str(self.workplace.bare_command), *arguments] if bare else self.workplace.subject(*arguments)

    def task(self, data: dict[str, object] | None = None, *, bare: bool = False) -> list[str]:
        """Return the ``daemon run`` command for a task."""
        return self.command("run", "--run-data", json.dumps(data or {}), bare=bare)

    def run(self, data: dict[str, object] | None = None, *, bare: bool = False) -> float:
        """Run a task; return the seconds that the command took."""
        return self.workplace.run(self.runtime, self.task(data, bare=bare)).seconds

    def stop(self, *, bare: bool = False) -> float:
        """Stop the daemon; return the seconds until it was gone."""
        if not self.connection_file.exists():
            return 0.0
        with _Watch(self.pid) as watch:
            began = time.perf_counter()
            # After a task that has printed much, the reference may refuse to stop: then it is ended.
            accepted = (0,) if self.runtime.name == "ours" else (0, 1)
            if self.workplace.run(self.runtime, self.command("stop", bare=bare), accepted).code != 0:
                watch.end()
            watch.wait_gone(30)
            return time.perf_counter() - began

    def status(self, name: str) -> float:
        """Return a figure of the daemon's ``/proc/<pid>/status``: MB, or a sum over its threads."""
        paths = [Path(f"/proc/{self.pid}/status")]
        if not name.startswith("Vm"):
            paths = list(Path(f"/proc/{self.pid}/task").glob("*/status"))
        figures = [re.search(rf"^{name}:\s+(\d+)", path.read_text(), re.MULTILINE) for path in paths]
        return sum(int(figure[1]) for figure in figures if figure) / (1024 if name.startswith("Vm") else 1)


class _Watch:
    """Waits for the end of a process that is no child of ours."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._descriptor = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None

    def __enter__(self) -> _Watch:
        return self

    def __exit__(self, *error: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def end(self) -> None:
        self._process.kill()

    def wait_gone(self, seconds: float) -> None:
        if self._descriptor is None:
            self._process.wait(seconds)
        elif not select.select([self._descriptor], [], [], seconds)[0]:
            raise RuntimeError(f"the daemon {self._process.pid} has been stopped and is still there")
