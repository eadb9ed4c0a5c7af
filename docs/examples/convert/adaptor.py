from __future__ import annotations

import attrs
from adaptor_runtime import CommandAdaptor, Executable, MappedPath, SemanticVersion
from adaptor_runtime.rules import failure, fatal, warning


class ConvertAdaptor(CommandAdaptor):
    """Convert one picture per task with ImageMagick."""

    data_version = SemanticVersion(1, 0)
    executable = Executable(
        ["magick", "convert"],  # Windows has a program convert of its own, which has no such version
        environment="CONVERT",
        version=("-version", r"^Version: ImageMagick (\d+\.\d+\.\d+)"),
        requires=">=6.8",
    )
    rules = [
        warning(r"^\S*(?:convert|magick)\S*: (?P<message>.*) @ warning/", name="warning"),
        failure(r"^\S*(?:convert|magick)\S*: (?P<message>.*) @ error/", name="error"),
        fatal(r"cache resources exhausted", name="too-large"),  # it would go on, pixel by pixel, on the disk
    ]

    @attrs.define
    class RunData:
        input: MappedPath
        output: MappedPath
        resize: str = "100%"
        quality: int = attrs.field(default=90, validator=[attrs.validators.ge(1), attrs.validators.le(100)])

    def launch(self, run_data: RunData) -> list[str]:
        options = ["-resize", run_data.resize, "-quality", str(run_data.quality)]
        return [self.executable.path, run_data.input, *options, run_data.output]

    def expected_outputs(self, run_data: RunData) -> list[str]:
        return [run_data.output]
