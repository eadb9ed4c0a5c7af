from __future__ import annotations

from pathlib import Path

import adaptor_runtime.adaptors


def test_the_directory_of_the_compatibility_layer_is_printed(command_line):
    done = command_line("compat-path", adaptor=None)
    assert (done.exit_code, done.text) == (0, f"{Path(adaptor_runtime.adaptors.__file__).parent / 'compatibility'}\n")
    assert (Path(done.lines[0]) / "openjd" / "adaptor_runtime").is_dir()
