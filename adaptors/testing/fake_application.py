"""A program that plays a script in the place of a real application. Standard library only, Python 3.9 or later.

``python fake_application.py SCRIPT [ARGUMENT ...]``, or ``python -m adaptor_runtime.testing.fake_application``. SCRIPT
is a list of steps in JSON, or the path of a file that holds one. A step is a mapping with one key, the name of the
step; the methods of ``adaptor_runtime.testing.FakeApplication`` write them. Each ARGUMENT is one that the real
application would get.

In a text, ``{1}`` or ``{name}`` is a group of the pattern of ``answer``, or a value of an action; ``{arg1}`` is the
first argument and ``{arg-1}`` the last; ``{--output}`` is the argument that follows ``--output``. Everything else in
braces stays as it is.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, NoReturn

    Step = dict[str, Any]
    Handler = Callable[..., object]

USAGE_ERROR = 2
POLL_SECONDS = 0.01
FOREVER_SECONDS = 3600.0
HANG: list[Step] = [{"hang": None}]
WINDOWS_EXIT_CODES = {"SIGABRT": 3, "SIGFPE": 0xC000_0094, "SIGILL": 0xC000_001D, "SIGSEGV": 0xC000_0005}
"""How a program ends on Windows with what is one of these signals elsewhere; with any other, as one that was killed."""

_PLACEHOLDER = re.compile(r"\{([^{}\s]+)\}")
_LAST_ARGUMENT = "{arg-1}"
_DESCRIPTORS = {"stdout": 1, "stderr": 2}


class Player:
    """Play the steps of a script.

    Args:
        arguments: Those of the application.
    """

    def __init__(self, arguments: list[str]) -> None:
        self._arguments = arguments
        self._values = _argument_values(arguments)
        self._memory: list[bytes] = []
        self._encoding = "utf-8"
        self._is_buffered = False
        self._result: object = None

    def play(self, steps: list[Step]) -> object:
        """Play steps in order; return what the last ``return`` among them gives."""
        self._result = None
        for number, step in enumerate(steps):
            ((name, argument),) = step.items()
            if name == "daemonize":
                self._daemonize(steps[number + 1 :], argument)
            else:
                self._play_one(name, argument)
        return self._result

    def _play_one(self, name: str, argument: Any) -> None:
        step = getattr(self, f"_step_{name}", None)
        if step is None:
            leave(USAGE_ERROR, f"the script has an unknown step: {name}")
        step(argument)

    def _with_values(self, values: dict[str, object], steps: list[Step]) -> object:
        former, self._values = self._values, {**self._values, **values}
        try:
            return self.play(steps)
        finally:
            self._values = former

    def _filled(self, text: str) -> str:
        return _PLACEHOLDER.sub(lambda match: str(self._values.get(match[1], match[0])), text)

    # What it prints.

    def _step_say(self, text: str) -> None:
        self._print("stdout", f"{self._filled(text)}\n")

    def _step_say_error(self, text: str) -> None:
        self._print("stderr", f"{self._filled(text)}\n")

    def _step_write(self, text: str) -> None:
        """Print without a line end."""
        self._print("stdout", self._filled(text))

    def _step_bytes(self, digits: str) -> None:
        """Print bytes, given as hexadecimal digits."""
        self._emit("stdout", bytes.fromhex(digits))

    def _step_progress(self, progress: dict[str, Any]) -> None:
        for number in range(1, progress["count"] + 1):
            percent = 100 * number / progress["count"]
            shown = f"{percent:.2f}".rstrip("0").rstrip(".")
            self._step_say(progress["text"].replace("{percent}", shown))
            time.sleep(progress["every"])

    def _step_encoding(self, name: str) -> None:
        self._encoding = name

    def _step_buffer(self, _: None) -> None:
        """Print everything at the end, as a program whose output is a pipe may do."""
        self._is_buffered = True

    def _step_close(self, stream: str) -> None:
        flush()
        os.close(_DESCRIPTORS[stream])

    def _print(self, stream: str, text: str) -> None:
        self._emit(stream, text.encode(self._encoding, "surrogateescape"))

    def _emit(self, stream: str, data: bytes) -> None:
        file = getattr(sys, stream).buffer
        file.write(data)
        if not self._is_buffered:
            file.flush()

    # How time passes, and how it ends.

    def _step_wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def _step_wait_for_file(self, path: str) -> None:
        while not os.path.exists(self._filled(path)):
            time.sleep(POLL_SECONDS)

    def _step_hang(self, _: None) -> NoReturn:
        while True:
            time.sleep(FOREVER_SECONDS)

    def _step_exit(self, code: int) -> NoReturn:
        raise SystemExit(code)

    def _step_crash(self, name: str) -> NoReturn:
        flush()
        if os.name == "nt":
            code = WINDOWS_EXIT_CODES.get(name, 1)
            os._exit(code - (1 << 32) if code >> 31 else code)  # it takes a signed number
        number = getattr(signal, name)
        _leave_no_core()
        if number in {signal.SIGTERM, signal.SIGINT, signal.SIGABRT, signal.SIGSEGV}:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        self._step_hang(None)

    def _step_ignore(self, names: list[str]) -> None:
        if os.name == "nt":
            names = ["SIGBREAK"]  # whatever signal is meant, this is the event that asks there
        for name in names:
            signal.signal(getattr(signal, name), signal.SIG_IGN)

    # What it does to its surroundings.

    def _step_file(self, file: dict[str, str]) -> None:
        path = self._filled(file["path"])
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(path, "wb") as target:
            target.write(self._filled(file["text"]).encode(self._encoding))

    def _step_memory(self, megabytes: float) -> None:
        self._memory.append(b"\1" * int(megabytes * 1024 * 1024))  # not zero: the system would give no memory for that

    def _step_spawn(self, child: dict[str, Any]) -> None:
        self._start(child["steps"] or HANG, detached=child["detached"])

    def _daemonize(self, rest: list[Step], options: dict[str, Any]) -> NoReturn:
        """Leave the rest to another process, as a launcher does."""
        flush()
        self._start(rest, detached=options["detached"])
        os._exit(0)

    def _start(self, steps: list[Step], *, detached: bool) -> None:
        import subprocess  # a third of the time that the start of this program takes

        flush()
        command = [*interpreter(), os.path.abspath(__file__), json.dumps(steps), *self._arguments]
        child = subprocess.Popen(command, start_new_session=detached)
        child.returncode = 0  # it is left alone, so its end is nobody's business

    # What it is given.

    def _step_require(self, wanted: dict[str, Any]) -> None:
        missing = [name for name in wanted["options"] if not _has_option(self._arguments, name)]
        if len(self._arguments) < wanted["count"]:
            missing.append(f"{wanted['count']} arguments, not {len(self._arguments)}")
        if missing:
            leave(USAGE_ERROR, f"the following arguments are required: {', '.join(missing)}")

    def _step_when_given(self, case: dict[str, Any]) -> None:
        if _has_option(self._arguments, case["argument"]):
            self.play(case["steps"])

    def _step_read(self, _: None) -> None:
        """Read a line, and do nothing with it."""
        sys.stdin.buffer.readline()

    def _step_answer(self, cases: dict[str, Any]) -> None:
        """Answer each line of the standard input, up to its end."""
        while True:
            self._step_write(cases["prompt"])
            line = sys.stdin.buffer.readline()
            if not line:
                return
            self._answer(line.decode(self._encoding, "surrogateescape").rstrip("\r\n"), cases)

    def _answer(self, line: str, cases: dict[str, Any]) -> None:
        for case in cases["cases"]:
            match = re.search(case["pattern"], line)
            if match:
                groups = {str(number): text for number, text in enumerate(match.groups(default=""), 1)}
                self._with_values({"0": match[0], "line": line, **groups, **match.groupdict("")}, case["steps"])
                return
        self._with_values({"line": line}, cases["otherwise"])

    def _step_serve(self, service: dict[str, Any]) -> None:
        """Perform the actions of an adaptor, up to ``close``."""
        variable, given = service["variable"], service["address"]
        address = self._filled(given or os.environ.get(variable) or _LAST_ARGUMENT)
        if _PLACEHOLDER.fullmatch(address):
            is_set = "" if given else f"{variable} is not set, and "
            leave(USAGE_ERROR, f"the address of the adaptor is missing: {is_set}there is no {address}")
        serve(service["client"], address, {name: self._handler(steps) for name, steps in service["actions"].items()})

    def _handler(self, steps: list[Step]) -> Handler:
        return lambda **values: self._with_values(values, steps)

    def _step_return(self, value: object) -> None:
        self._result = value

    def _step_raise(self, text: str) -> NoReturn:
        raise RuntimeError(self._filled(text))


def serve(folder: str, address: str, handlers: dict[str, Handler]) -> None:
    """Perform actions with the client inside the application: the one place that knows how.

    Args:
        folder: Holds the client's package.
        address: That of the adaptor's server.
        handlers: What performs each action.
    """
    sys.path.insert(0, folder)
    import adaptor_runtime_client
    from adaptor_runtime_client._address import ADDRESS_VARIABLE

    os.environ[ADDRESS_VARIABLE] = address
    adaptor_runtime_client.serve(**handlers)


def _argument_values(arguments: list[str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for number, argument in enumerate(arguments):
        values[f"arg{number + 1}"] = values[f"arg{number - len(arguments)}"] = argument
        if argument.startswith("-"):
            name, equals, value = argument.partition("=")
            following = arguments[number + 1] if number + 1 < len(arguments) else ""
            values.setdefault(name, value if equals else following)
    return values


def _has_option(arguments: list[str], name: str) -> bool:
    return any(argument == name or argument.startswith(f"{name}=") for argument in arguments)


def interpreter() -> list[str]:
    """Return the interpreter without the packages of any environment: it starts in a fraction of the time."""
    return [sys.executable, "-I", "-S"]


def _leave_no_core() -> None:
    from importlib import import_module

    try:
        resource: Any = import_module("resource")
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def flush() -> None:
    """Write what is buffered, where that is possible."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            pass


def leave(code: int, text: str) -> NoReturn:
    """End with a message on standard error."""
    sys.stderr.write(f"error: {text}\n")
    raise SystemExit(code)


def read_script(text: str) -> list[Step]:
    """Return the steps of a script, given as JSON or as the path of a file."""
    try:
        if not text.lstrip().startswith("["):
            with open(text, encoding="utf-8") as file:
                text = file.read()
        steps = json.loads(text)
    except (OSError, ValueError) as error:
        leave(USAGE_ERROR, f"the script cannot be read: {error}")
    if not isinstance(steps, list) or not all(isinstance(step, dict) and len(step) == 1 for step in steps):
        leave(USAGE_ERROR, "the script is not a list of mappings with one key each")
    return steps


def main() -> None:
    """Play the script that the first argument names."""
    if len(sys.argv) < 2:
        leave(USAGE_ERROR, "usage: fake_application.py SCRIPT [ARGUMENT ...]")
    code: object = 0
    try:
        Player(sys.argv[2:]).play(read_script(sys.argv[1]))
    except SystemExit as error:
        code = error.code or 0
    flush()
    os._exit(code if isinstance(code, int) else 1)  # its streams may be closed, and nothing else is left to do


if __name__ == "__main__":
    main()
