"""Output is bytes, not lines: prompts, dots, redraws, escape sequences, encodings."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import time

import pytest
from adaptor_runtime.adaptors.output import RegexCallback, RegexHandler
from adaptor_runtime.adaptors.processes import LoggingSubprocess, _registry
from adaptor_runtime.ipc._stream.output_lines import SILENCE_SECONDS
from patience import SECONDS
from recorded_output import Recorder, collect

pytestmark = pytest.mark.faults("Processes and output")


# Encodings, and both streams in one order


def test_each_line_written_has_the_encoding_of_the_application_and_one_byte_order_mark(python, sink):
    for encoding in ("utf-16", "utf-32", "utf-8-sig", "utf-16-be", "latin-1"):
        sink.blocks.clear()
        code = f"import os, sys; os.write(1, ascii(sys.stdin.buffer.read()).encode({encoding!r}))"
        process = python(code, encoding=encoding)
        for line in ("é", "b", "ç"):
            process.write_line(line)
        process.wait()
        assert sink.stdout.decode() == ascii("é\nb\nç\n".encode(encoding)) + "\n"


def test_output_in_another_encoding_has_no_byte_order_mark(python, sink):
    python("import os; [os.write(1, text.encode('utf-16')) for text in ('one\\n', 'two\\n')]", encoding="utf-16").wait()
    assert sink.stdout == b"one\ntwo\n"


def test_invalid_bytes_appear_as_requested(python, sink):
    python("import os; os.write(1, b'caf\\xe9\\n')", errors="replace").wait()
    assert sink.stdout.decode() == "caf\ufffd\n"


def test_both_streams_in_one_order_are_standard_output(python, sink):
    calls = []
    process = python(
        "import os\nfor number in range(2000): os.write(1 + number % 2, b'%d\\n' % number)",
        merge_output=True,
        stdout_handler=collect(".*", calls),
    )
    assert process.wait() == 0
    assert sink.stdout.split() == [b"%d" % number for number in range(2000)]
    assert calls == [str(number) for number in range(2000)]
    assert sink.of("stderr") == b""


def test_a_handler_that_would_get_nothing_is_rejected(tmp_path):
    handler, other = Recorder(), Recorder()
    with pytest.raises(ValueError, match="omit stderr_handler"):
        LoggingSubprocess(
            args=["touch", tmp_path / "started"], merge_output=True, stdout_handler=handler, stderr_handler=other
        )
    assert not (tmp_path / "started").exists()
    LoggingSubprocess(
        args=[sys.executable, "-S", "-c", ""], merge_output=True, stdout_handler=handler, stderr_handler=handler
    ).wait()


# Lines without end


@pytest.mark.parametrize("stream", [1, 2])
@pytest.mark.parametrize("merge", [False, True])
def test_an_application_that_asks_gets_its_answer(python, sink, stream, merge):
    asked = threading.Event()
    handler = RegexHandler([RegexCallback([re.compile("^Password: $")], lambda match: asked.set())])
    handlers = {"stdout_handler": handler, **({} if merge else {"stderr_handler": handler})}
    process = python(
        f"import os, sys; os.write({stream}, b'Login\\n\\x1b[1mPassword: \\x1b[0m'); "
        "print('it is', sys.stdin.readline(), flush=True)",
        merge_output=merge,
        **handlers,
    )
    assert asked.wait(SECONDS)
    process.write_line("sesame")
    process.wait()
    name = "stdout" if merge or stream == 1 else "stderr"
    assert sink.of(name).startswith(b"Login\nPassword: \n")
    assert sink.stdout.endswith(b"it is sesame\n\n")


def test_a_line_that_continues_is_matched_as_a_whole_and_calls_nothing_twice(python, sink):
    calls = []
    handler = RegexHandler(
        [
            RegexCallback([re.compile("^Loading")], lambda match: calls.append("loading")),
            RegexCallback([re.compile(r"^Loading (\w+) done$")], lambda match: calls.append(match[1])),
        ]
    )
    process = python(
        "import os, sys; os.write(1, b'Loading '); sys.stdin.read(); os.write(1, b'scene done\\nLoading\\n')",
        stdout_handler=handler,
    )
    sink.wait_for(b"Loading \n")
    process.wait()
    assert calls == ["loading", "scene", "loading"]
    assert sink.stdout == b"Loading \nscene done\nLoading\n"


@pytest.mark.posix("there is no FIFO")
def test_a_slow_callback_does_not_count_as_silence_of_the_application(python, sink, tmp_path):
    go_on, written = tmp_path / "go on", tmp_path / "written"
    os.mkfifo(go_on)
    os.mkfifo(written)

    def take_long(match):
        go_on.write_text("")
        written.read_text()
        time.sleep(2 * SILENCE_SECONDS)  # so that the line, whose end is in the pipe by now, would be shown as it was

    handler = RegexHandler([RegexCallback([re.compile("^first")], take_long)])
    code = (
        f"import os; os.write(1, b'first\\nsecond '); open({str(go_on)!r}).read(); "
        f"os.write(1, b'line\\n'); open({str(written)!r}, 'w').close()"
    )
    python(code, stdout_handler=handler).wait()
    assert sink.stdout == b"first\nsecond line\n"


def test_a_line_without_end_is_shown_when_its_stream_ends_before_the_application(shell, sink):
    process = shell("printf end; exec >&-; read line")
    sink.wait_for(b"end\n")
    process.wait()


def test_another_kind_of_handler_gets_a_line_in_the_parts_that_are_shown(python, sink):
    handler = Recorder()
    process = python(
        "import os, sys; os.write(1, b'a\\nLoading '); sys.stdin.readline(); os.write(1, b'done\\nb\\n')",
        stdout_handler=handler,
    )
    sink.wait_for(b"Loading \n")
    process.write_line("go on")
    process.wait()
    assert [record.getMessage() for record in handler.records] == ["a", "Loading ", "done", "b"]
    assert sink.stdout == b"a\nLoading \ndone\nb\n"


@pytest.mark.parametrize("script", ["printf .", "printf . >&2", "printf '\\033[K'", "printf '\\303'", "echo"])
@pytest.mark.parametrize("hides", ["", "handler", "sink"])
def test_any_byte_is_heard(shell, script, hides):
    before = time.monotonic()
    options = {"handler": {"stdout_handler": Recorder(logging.CRITICAL)}, "sink": {"emit_output": lambda *_: None}}
    process = shell(f"{script}; read line", **options.get(hides, {}))
    while (_registry.last_heard() or 0) < before:
        assert time.monotonic() < before + 30
        process.flush_output()
    process.wait()


# Lines that are drawn anew


def test_of_a_progress_bar_each_state_is_matched_and_few_are_shown(python, sink):
    calls = []
    process = python(
        "import os\nfor number in range(20_001): os.write(2, b'\\rframe=%5d' % number)",
        stderr_handler=collect(r"^frame= *\d+$", calls),
    )
    began = time.monotonic()
    process.wait()
    assert len(sink.of("stderr").split(b"\n")) < 10 + 2 * (time.monotonic() - began)
    assert sink.of("stderr").endswith(b"\nframe=20000\n")
    assert len(calls) >= 20_001
    assert set(calls) >= {f"frame={number:5d}" for number in range(20_001)}


@pytest.mark.parametrize("pattern", ["^Error: (.*)", "(?i)^error", "^Error: no disk$"])
def test_colours_do_not_defeat_a_pattern(python, pattern):
    calls = []
    code = "print('\\x1b[1;31mError:\\x1b[0m no \\x1b]8;;http://x\\x07disk\\x1b]8;;\\x07')"
    python(code, stdout_handler=collect(pattern, calls)).wait()
    assert len(calls) == 1


def test_a_control_character_is_matched_as_it_is_and_shown_as_text(python, sink):
    seen = []
    handler = RegexHandler(
        [RegexCallback([re.compile("^nul\0 (.)")], lambda match: seen.append((match[1], sink.stdout)))]
    )
    python("print('nul\\0 1\\nnul\\0 2\\a')", stdout_handler=handler).wait()
    assert seen == [("1", b"nul\\x00 1\n"), ("2", b"nul\\x00 1\nnul\\x00 2\\x07\n")]
