from __future__ import annotations

import os
import re
from typing import Any

from adaptor_runtime import CommandAdaptor, ManagedProcess, RegexCallback, RegexHandler, SemanticVersion
from adaptor_runtime.rules import failure


class FfmpegAdaptor(CommandAdaptor[None]):
    """Encode one video per task.

    Init data: ``ffmpeg``, the executable; by default the environment variable FFMPEG names it, or it is in the PATH.
    Run data: ``output``; ``input``, or ``seconds`` (10), ``size`` (640x360), and ``rate`` (25) of a test picture;
    ``codec``, by default the one that ffmpeg chooses for the name of the output.

    A damaged input fails the task, unless the init data has ``rules_off: [damaged]``: ffmpeg itself exits with 0.
    """

    data_version = SemanticVersion(1, 0)
    job_may_switch_rules_off = True
    rules = [failure(r"(?P<message>[^/]*: corrupt (?:decoded frame|input packet) in stream \d+)", name="damaged")]

    def get_managed_process(self, run_data: dict[str, Any]) -> ManagedProcess:
        executable = self.init_data.get("ffmpeg") or os.environ.get("FFMPEG") or "ffmpeg"
        return Encoding(str(executable), run_data, self)

    def on_prerun(self) -> None:
        self.update_status(progress=0, status_message="encoding")

    def on_postrun(self) -> None:
        self.update_status(progress=100, status_message="encoded")


class Encoding(ManagedProcess):
    """One run of ffmpeg."""

    def __init__(self, executable: str, run_data: dict[str, Any], adaptor: FfmpegAdaptor) -> None:
        rules = RegexHandler(
            [
                # "-progress" writes these lines to the standard output ...
                RegexCallback([re.compile(r"^out_time=(\d+):(\d+):(\d+\.\d+)")], self._on_time),
                # ... and what ffmpeg knows of its input is on the standard error output.
                RegexCallback([re.compile(r"^  Duration: (\d+):(\d+):(\d+\.\d+)")], self._on_duration),
            ]
        )
        super().__init__(run_data, stdout_handler=rules, stderr_handler=rules)
        self.executable = executable
        self.adaptor = adaptor
        self.seconds = 0.0 if "input" in run_data else float(run_data.get("seconds", 10))

    def get_executable(self) -> str:
        return self.executable

    def get_arguments(self) -> list[str]:
        codec = ["-codec:v", str(self.run_data["codec"])] if "codec" in self.run_data else []
        options = ["-hide_banner", "-nostdin", "-nostats", "-y", "-progress", "pipe:1"]
        return [*options, *self._input(), *codec, "-pix_fmt", "yuv420p", str(self.run_data["output"])]

    def _input(self) -> list[str]:
        if "input" in self.run_data:
            return ["-i", str(self.run_data["input"])]
        size, rate = self.run_data.get("size", "640x360"), self.run_data.get("rate", 25)
        return ["-f", "lavfi", "-i", f"testsrc=duration={self.seconds}:size={size}:rate={rate}"]

    # Called with matching lines of ffmpeg's output, one at a time.

    def _on_duration(self, match: re.Match[str]) -> None:
        self.seconds = max(self.seconds, seconds_of(match))

    def _on_time(self, match: re.Match[str]) -> None:
        if self.seconds:
            self.adaptor.update_status(progress=seconds_of(match) / self.seconds * 100)


def seconds_of(match: re.Match[str]) -> float:
    """Return hours, minutes, and seconds as seconds."""
    hours, minutes, seconds = match.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
