from __future__ import annotations

import os
import re
from typing import Any

from adaptor_runtime import CommandAdaptor, RegexCallback, RegexHandler, SemanticVersion
from adaptor_runtime.rules import failure


class FfmpegAdaptor(CommandAdaptor[None]):
    """Encode one video per task.

    Init data: ``ffmpeg``, the executable; by default the environment variable FFMPEG names it, or it is in the PATH.
    Run data: ``output``; ``input``, or ``seconds`` (10), ``size`` (640x360), and ``rate`` (25) of a test picture;
    ``codec``, by default the one that ffmpeg chooses for the name of the output.

    A damaged input fails the task, unless the init data has ``rules_off: [damaged]``: ffmpeg itself exits with 0.
    """

    data_version = SemanticVersion(1, 0)
    stop_signal = "SIGINT"  # then it completes its file
    job_may_switch_rules_off = True
    rules = [failure(r"(?P<message>[^/]*: corrupt (?:decoded frame|input packet) in stream \d+)", name="damaged")]

    def launch(self, run_data: dict[str, Any]) -> list[str]:
        executable = self.init_data.get("ffmpeg") or os.environ.get("FFMPEG") or "ffmpeg"
        options = ["-hide_banner", "-nostdin", "-nostats", "-y", "-progress", "pipe:1", *self._input(run_data)]
        codec = ["-codec:v", str(run_data["codec"])] if "codec" in run_data else []
        return [str(executable), *options, *codec, "-pix_fmt", "yuv420p", str(run_data["output"])]

    def _input(self, run_data: dict[str, Any]) -> list[str]:
        if "input" in run_data:
            return ["-i", str(run_data["input"])]
        size, rate, seconds = run_data.get("size", "640x360"), run_data.get("rate", 25), run_data.get("seconds", 10)
        return ["-f", "lavfi", "-i", f"testsrc=duration={float(seconds)}:size={size}:rate={rate}"]

    def output_handler(self, run_data: dict[str, Any]) -> RegexHandler:
        self.seconds = 0.0 if "input" in run_data else float(run_data.get("seconds", 10))
        return RegexHandler(
            [
                # "-progress" writes these lines to the standard output ...
                RegexCallback([re.compile(r"^out_time=(\d+):(\d+):(\d+\.\d+)")], self._on_time),
                # ... and what ffmpeg knows of its input is on the standard error output.
                RegexCallback([re.compile(r"^  Duration: (\d+):(\d+):(\d+\.\d+)")], self._on_duration),
            ]
        )

    def on_prerun(self) -> None:
        self.update_status(progress=0, status_message="encoding")

    def on_postrun(self) -> None:
        self.update_status(progress=100, status_message="encoded")

    # Called with matching lines of ffmpeg's output, one at a time.

    def _on_duration(self, match: re.Match[str]) -> None:
        self.seconds = max(self.seconds, seconds_of(match))

    def _on_time(self, match: re.Match[str]) -> None:
        if self.seconds:
            self.update_status(progress=seconds_of(match) / self.seconds * 100)


def seconds_of(match: re.Match[str]) -> float:
    """Return hours, minutes, and seconds as seconds."""
    hours, minutes, seconds = match.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
