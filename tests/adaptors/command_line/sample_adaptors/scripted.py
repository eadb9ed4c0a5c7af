"""An adaptor that does what its data says, hook by hook.

``{"on_start": {"say": "hello", "raise": "ValueError('no')"}}`` in the init data has ``on_start`` take these two steps;
``on_run`` takes its steps from the run data.
"""

from __future__ import annotations

import errno
import logging
import os
import signal
import subprocess
import sys
import threading
import time

import structlog
from adaptor_runtime.adaptors import Adaptor, SemanticVersion
from adaptor_runtime.process import LoggingSubprocess


def note(hook):
    """Append ``hook`` to the file that the test reads."""
    due = time.monotonic() + 2
    while True:
        try:
            with open(os.environ["CALLS_FILE"], "a") as file:
                file.write(hook + "\n")
            return
        except OSError as error:
            # A connection that ends may have the last descriptor for a moment.
            if error.errno != errno.EMFILE or time.monotonic() > due:
                raise
        time.sleep(0.01)


class Scripted(Adaptor):
    integration_data_interface_version = SemanticVersion(1, 2)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.canceled = threading.Event()
        self.take("constructor", self.init_data)

    def on_start(self):
        self.take("on_start", self.init_data)

    def on_run(self, run_data):
        self.take("on_run", run_data)

    def on_stop(self):
        self.take("on_stop", self.init_data)

    def on_cleanup(self):
        self.take("on_cleanup", self.init_data)

    def on_cancel(self):
        self.take("on_cancel", self.init_data)
        self.canceled.set()

    def take(self, hook, data):
        note(hook)
        for step, argument in data.get(hook, {}).items():
            getattr(self, "step_" + step.split()[0])(argument)

    # The steps. A second one of a kind is told from the first by whatever follows its name: "say 2".

    def step_say(self, text):
        print(text)

    def step_say_without_end(self, text):
        print(text, end="")

    def step_say_as_error(self, text):
        print(text, file=sys.stderr)

    def step_lines(self, count):
        for number in range(count):
            print("line", number)

    def step_log(self, text):
        logging.getLogger("scripted").info(text)

    def step_log_exception(self, text):
        try:
            raise ValueError(text)
        except ValueError:
            logging.getLogger("scripted").exception(text)

    def step_log_at(self, level_and_text):
        level, text = level_and_text
        logging.addLevelName(35, level)
        logging.getLogger("scripted").log(35, text)

    def step_log_badly(self, text):
        logging.getLogger("scripted").warning(text, "too", "many")

    def step_structlog(self, text):
        structlog.get_logger().info(text, text=text)

    def step_structlog_named(self, text):
        structlog.get_logger().info("named", **{text: text})

    def step_structlog_exception(self, text):
        try:
            raise ValueError(text)
        except ValueError:
            structlog.get_logger().exception(text)

    def step_write(self, text):
        os.write(1, text.encode())

    def step_write_as_error(self, text):
        os.write(2, text.encode())

    def step_child(self, text):
        program = "import sys; print(sys.stdin.buffer.read().decode())"
        subprocess.run([sys.executable, "-X", "utf8", "-S", "-c", program], input=text.encode(), check=True)

    def step_status(self, text):
        self.update_status(status_message=text)

    def step_progress(self, value):
        self.update_status(progress=float(value))

    def step_set_environment(self, name_and_value):
        self.set_environment_variable(*name_and_value)

    def step_session_log_level(self, level):
        self.set_session_log_level(level)

    def step_exit(self, status):
        os._exit(status)

    def step_become(self, program):
        os.execvp(program, [program, "1000"])

    def step_raise(self, error):
        raise eval(error)

    def step_fail_where(self, path):
        if os.path.exists(path):
            raise ValueError(path)

    def step_hang(self, text):
        print(text)
        threading.Event().wait()

    def step_use_up_files(self, _all_but_one):
        """Open files until there can be no more, and keep all but one open."""
        self.files = []
        try:
            while True:
                self.files.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            os.close(self.files.pop())

    def step_wait_at(self, gate):
        """Wait until the test lets it go on, whatever else happens."""
        print("waiting at", os.path.basename(gate))
        with open(gate) as file:
            file.read()

    def step_open_to_write(self, gate):
        """Let the test know that the hook has come this far."""
        open(gate, "w").close()

    def step_wait_for_cancel(self, text):
        print(text)
        self.canceled.wait()

    def step_raise_signal(self, name):
        """Get a signal, in the way in which that of a console arrives."""
        signal.raise_signal(getattr(signal, name))

    def step_expect(self, text):
        future = self.expect()
        print(text)
        future.result()

    def step_application(self, program):
        """Run a program in Python to its end."""
        with LoggingSubprocess(args=[sys.executable, "-S", "-u", "-c", program]):
            pass

    def step_open_application(self, program):
        """Start a program in Python and leave it running; wait until it has said that it is ready."""
        self._open(program).result()

    def step_load_application(self, program):
        """Start a program in Python that the session depends on; wait until it has said that it is ready."""
        ready = self._open(program)
        self.declare_application(self.application)
        ready.result()

    def _open(self, program):
        ready = self.expect()
        handler = _Ready(ready)
        self.application = LoggingSubprocess(args=[sys.executable, "-S", "-u", "-c", program], stdout_handler=handler)
        return ready

    def step_stray_thread(self, text):
        """Leave a thread behind that is no daemon and prints without end."""

        def print_for_ever():
            while True:
                print(text)
                os.write(1, b"openjd_fail: a stray thread\n")

        threading.Thread(target=print_for_ever).start()

    def step_declare_application(self, text):
        self.declare_application(self.application)
        print(text)


class _Ready(logging.Handler):
    def __init__(self, future):
        super().__init__()
        self.future = future

    def emit(self, record):
        if record.getMessage() == "ready" and not self.future.done():
            self.future.set_result(None)


class NotAnAdaptor:
    pass


some_value = 5


class Licensed(Scripted):
    """Has something to clean up that outlives its process."""

    cleanup_after_loss = True
