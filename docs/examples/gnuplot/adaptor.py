from __future__ import annotations

import attrs
from adaptor_runtime import ApplicationAdaptor, Executable, MappedPath, SemanticVersion
from adaptor_runtime.rules import failure, warning


@attrs.define
class Plot:
    output: MappedPath
    what: str  # what follows the word plot, such as: $data using 1:2 with lines


class GnuplotAdaptor(ApplicationAdaptor):
    """Read a table into gnuplot once, as ``$data``, then draw the plots of one task after the other."""

    data_version = SemanticVersion(1, 0)
    executable = Executable(
        "gnuplot", environment="GNUPLOT", version=("--version", r"^gnuplot (\d+\.\d+)"), requires=">=5.2"
    )
    rules = [
        warning(r"^ +line \d+: warning: (?P<message>.*)"),
        failure(r"^ +line \d+: (?!warning: )(?P<message>.*)", name="gnuplot-error"),
    ]

    @attrs.define
    class InitData:
        data_file: MappedPath
        terminal: str = "png size 640,480"

    @attrs.define
    class RunData:
        plots: list[Plot]

    init_data: InitData

    def launch(self) -> list[str]:
        return [self.executable.path, "-"]  # reads commands from its input

    def on_load(self) -> None:
        self.obey(f"set terminal {self.init_data.terminal}")
        self.obey(f"set table $data; plot {quoted(self.init_data.data_file)} with table; unset table")

    def on_run(self, run_data: RunData) -> None:
        for plot in self.each(run_data.plots, "plot {number} of {count}"):
            self.obey(f"set output {quoted(plot.output)}")
            self.obey(f"plot {plot.what}; unset output")  # which completes the file

    def expected_outputs(self, run_data: RunData) -> list[str]:
        return [plot.output for plot in run_data.plots]

    def obey(self, command: str) -> None:
        # After an error, gnuplot ignores the rest of the line. The rule for the error ends the wait.
        self.application.ask(f"{command}; print 'obeyed'", r"^obeyed$")


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
