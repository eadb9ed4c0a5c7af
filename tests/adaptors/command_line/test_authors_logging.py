"""However an author configures logging, and whenever: messages arrive as they are, and records once."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.faults("The author's logging")

SECRET = "hunter2"
MESSAGES = ["openjd_progress: 5", "openjd_status: loading", "openjd_progress: 50", "openjd_status: rendering"]
MODULE = """
import logging, logging.config, os, sys, tempfile, time
import structlog
from adaptor_runtime.adaptors import Adaptor, Deadlines, SemanticVersion

log = logging.getLogger("mine")
events = structlog.get_logger("mine")

def redact(logger, method, event):
    return {key: "masked" if key == "password" else value for key, value in event.items()}

class Redacting(logging.Formatter):
    def format(self, record):
        return super().format(record).replace("SECRET", "masked")

class Dropping(logging.Filter):
    def filter(self, record):
        return "SECRET" not in record.getMessage()

def set_up():
    SET_UP

def tell(what):
    log.info("from logging " + what)
    events.info("from structlog", what=what)

if "import" == "MOMENT":
    set_up()

class Mine(Adaptor):
    integration_data_interface_version = SemanticVersion(1, 0)
    deadlines = Deadlines(progress=60)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.at("constructor")

    def at(self, moment):
        if moment == "MOMENT":
            set_up()

    def on_start(self):
        self.update_status(progress=5, status_message="loading")
        self.at("on_start")
        self.set_environment_variable("TOKEN", "hidden-value", redact=True)
        tell("on_start")

    def on_run(self, run_data):
        self.at("on_run")
        self.update_status(progress=50, status_message="rendering")
        tell("on_run")

    def on_stop(self):
        tell("on_stop")
"""
DICT = (
    "logging.config.dictConfig({'version': 1, 'disable_existing_loggers': EXISTING,"
    " 'formatters': {'own': {'()': Redacting, 'format': 'own %(name)s %(message)s'}},"
    " 'handlers': {'console': {'class': 'logging.StreamHandler', 'formatter': 'own', 'stream': 'ext://sys.STREAM'}},"
    " 'root': {'handlers': ['console'], 'level': 'INFO'}})"
)
STRUCTLOG_ON_LOGGING = (
    "structlog.configure(processors=[structlog.stdlib.filter_by_level, structlog.stdlib.add_logger_name,"
    " structlog.stdlib.add_log_level, structlog.stdlib.PositionalArgumentsFormatter(), redact,"
    " structlog.processors.JSONRenderer()], wrapper_class=structlog.stdlib.BoundLogger,"
    " logger_factory=structlog.stdlib.LoggerFactory(), cache_logger_on_first_use=True)"
)
# What a set-up does to records is the author's own; what it does to messages is nothing.
SHOWN_ONCE = {
    "nothing": "pass",
    "basicConfig": "logging.basicConfig(level=logging.INFO)",
    "basicConfig to standard output": "logging.basicConfig(level=logging.INFO, stream=sys.stdout)",
    "basicConfig by force": "logging.basicConfig(level=logging.INFO, force=True, format='own %(message)s')",
    "dictConfig": DICT.replace("EXISTING", "False").replace("STREAM", "stderr"),
    "dictConfig to standard output": DICT.replace("EXISTING", "False").replace("STREAM", "stdout"),
    "structlog's defaults": "structlog.reset_defaults()",
    "structlog on logging": STRUCTLOG_ON_LOGGING,
    "structlog's processors": "structlog.configure(processors=[redact, structlog.processors.JSONRenderer()])",
    "structlog once": "structlog.configure_once(processors=[redact, structlog.processors.JSONRenderer()])",
    "structlog's class": "structlog.configure(wrapper_class=structlog.stdlib.BoundLogger,"
    " logger_factory=structlog.stdlib.LoggerFactory())",
    "structlog printing": "structlog.configure(processors=[redact, structlog.processors.JSONRenderer()],"
    " wrapper_class=structlog.make_filtering_bound_logger(20), logger_factory=structlog.PrintLoggerFactory())",
    "the root without handlers": "logging.getLogger().handlers.clear()",
    "handlers that show nothing": "log.addHandler(logging.NullHandler())",
    "a handler of the logger": "log.addHandler(logging.StreamHandler())",
    "a file": "logging.basicConfig(filename='own.log', level=logging.INFO)",
    "a file beside": "logging.getLogger().addHandler(logging.FileHandler('own.log'))",
    "renamed levels": "logging.addLevelName(20, 'NOTE'); logging.addLevelName(55, 'INFO')",
}
HIDDEN = {
    "dictConfig that disables loggers": DICT.replace("EXISTING", "True").replace("STREAM", "stderr"),
    "logging disabled": "logging.disable(logging.CRITICAL)",
    "structlog that drops": "structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))",
    "structlog that returns": "structlog.configure(processors=[lambda *a: 'x'],"
    " logger_factory=structlog.ReturnLoggerFactory())",
    "structlog that raises": "structlog.configure(processors=[lambda l, m, e: e['nothing']])"
    "; globals().update(tell=lambda what: None)",
    "a closed handler": "logging.getLogger().handlers[0].close() if logging.getLogger().handlers else None",
    "all at once": "logging.basicConfig(force=True); logging.disable(50); structlog.reset_defaults();"
    + DICT.replace("EXISTING", "True").replace("STREAM", "stderr")
    + ";"
    + STRUCTLOG_ON_LOGGING,
}
MOMENTS = ["import", "constructor", "on_start", "on_run"]


@pytest.fixture
def author(command_line):
    def write(set_up, moment="import", module=MODULE):
        text = module.replace("SET_UP", set_up).replace("MOMENT", moment)
        (command_line.directory / "mine.py").write_text(text.replace("SECRET", SECRET))
        command_line.adaptor = "mine:Mine"
        return command_line

    return write


ALLOWED = ["openjd_redacted_env: TOKEN=hidden-value"]


def messages(*parts):
    return [line for part in parts for line in part.lines if line.startswith(("openjd_progress", "openjd_status"))]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", [*SHOWN_ONCE, *HIDDEN])
def test_the_output_of_run_does_not_depend_on_the_logging_configuration(author, name, moment):
    commands = author({**SHOWN_ONCE, **HIDDEN}[name], moment)
    run = commands.run(allowed=ALLOWED)
    assert run.exit_code == 0, run
    assert messages(run) == MESSAGES, run
    assert run.transitions == [
        ("idle", "started"),
        ("started", "running"),
        ("running", "started"),
        ("started", "stopped"),
        ("stopped", "cleaned"),
    ]
    assert run.lines.count(*ALLOWED) == 1
    assert run.count("hidden-value") == 1
    if name in SHOWN_ONCE:
        for what in ("on_start", "on_run", "on_stop"):
            assert run.count("from logging " + what) == 1, run
            shown = [line for line in run.lines if "from structlog" in line and what in line]
            assert len(shown) == 1, run
        logged = [line for line in run.lines if "from logging" in line]
        assert all(line.startswith(("INFO: ", "NOTE: ")) for line in logged), run


@pytest.mark.parametrize("moment", ["import", "on_start"])
@pytest.mark.parametrize("name", ["basicConfig", "dictConfig", "structlog on logging", "all at once"])
def test_the_output_of_a_daemon_does_not_depend_on_the_logging_configuration(author, name, moment):
    commands = author({**SHOWN_ONCE, **HIDDEN}[name], moment)
    parts = [commands.start(allowed=ALLOWED), commands.task(), commands.stop()]
    assert [part.exit_code for part in parts] == [0, 0, 0]
    assert messages(*parts) == MESSAGES
    text = "".join(part.text for part in parts)
    assert text.count("hidden-value") == 1
    if name in SHOWN_ONCE:
        assert text.count("from logging on_run") == 1
        assert text.count("STDERR") == 0


def test_a_file_that_an_author_logs_to_in_a_hook_is_written_also(author):
    commands = author(SHOWN_ONCE["a file"], "on_start")
    assert commands.run(allowed=ALLOWED).exit_code == 0
    assert "from logging on_run" in (commands.directory / "own.log").read_text()


def test_a_logger_that_does_not_propagate_is_the_author_s_alone(author):
    run = author("log.addHandler(logging.NullHandler()); log.propagate = False").run(allowed=ALLOWED)
    assert run.count("from logging") == 0


REDACTING = {
    "a formatter": DICT.replace("EXISTING", "False").replace("STREAM", "stderr"),
    "a filter": "handler = logging.StreamHandler(); handler.addFilter(Dropping());"
    " logging.basicConfig(handlers=[handler])",
    "a processor": "structlog.configure(processors=[redact, structlog.processors.JSONRenderer()])",
    "a processor, once": "structlog.configure_once(processors=[redact, structlog.processors.JSONRenderer()])",
    "a processor, unless there is one": "structlog.is_configured() or structlog.configure(processors=[redact,"
    " structlog.processors.JSONRenderer()])",
}


@pytest.mark.parametrize("moment", ["import", "constructor"])
@pytest.mark.parametrize("name", REDACTING)
def test_a_record_that_the_author_filters_out_stays_hidden(author, name, moment):
    secret = 'log.info("password SECRET")' if name.startswith("a f") else 'events.info("login", password="SECRET")'
    module = MODULE.replace('        tell("on_run")', f"        {secret}")
    run = author(REDACTING[name], moment, module).run(allowed=ALLOWED)
    assert run.exit_code == 0, run
    assert SECRET not in run.text
    if name != "a filter":
        assert run.count("masked") == 1


THROUGH_A_QUEUE = (
    "import logging.handlers, queue; global listener; waiting = queue.Queue(); handler = HANDLER;"
    " handler.addFilter(Dropping()); listener = logging.handlers.QueueListener(waiting, handler); listener.start();"
    " logging.basicConfig(handlers=[logging.handlers.QueueHandler(waiting)], level=20)"
)
STOPPING = MODULE.replace(
    '        tell("on_stop")', '        tell("on_stop"); log.info("password SECRET"); listener.stop()'
)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_record_that_goes_to_the_console_through_a_queue_is_shown_once_as_the_author_shows_it(author, moment):
    run = author(THROUGH_A_QUEUE.replace("HANDLER", "logging.StreamHandler()"), moment, STOPPING).run(allowed=ALLOWED)
    assert run.exit_code == 0, run
    assert [run.count("from logging " + what) for what in ("on_start", "on_run", "on_stop")] == [1, 1, 1], run
    assert SECRET not in run.text


@pytest.mark.parametrize("moment", ["import", "on_start"])
def test_a_record_that_goes_elsewhere_through_a_queue_is_shown_beside(author, moment):
    set_up = THROUGH_A_QUEUE.replace("HANDLER", "logging.FileHandler('own.log')")
    commands = author(set_up, moment, STOPPING.replace("SECRET", "nothing"))
    run = commands.run(allowed=ALLOWED)
    assert run.exit_code == 0, run
    assert run.count("from logging on_run") == 1
    assert "from logging on_run" in (commands.directory / "own.log").read_text()


def test_a_record_in_a_queue_that_nobody_reads_is_shown(author):
    set_up = THROUGH_A_QUEUE.replace("HANDLER", "logging.StreamHandler()").replace("listener.start();", "")
    run = author(set_up).run(allowed=ALLOWED)
    assert run.count("from logging on_run") == 1


@pytest.mark.parametrize("moment", ["import", "constructor", "on_run"])
def test_the_watchdog_hears_progress_under_any_logging_configuration(author, moment):
    module = MODULE.replace("progress=60", "progress=2.0").replace(
        '        tell("on_run")',
        "        for step in range(12):\n            time.sleep(0.25)\n            self.update_status(progress=step)",
    )
    run = author(HIDDEN["all at once"], moment, module).run(allowed=ALLOWED)
    assert run.exit_code == 0, run
    assert run.count("openjd_progress: 11\n") == 1


def test_records_below_the_level_of_the_adaptor_are_hidden_even_with_a_console_handler(author, monkeypatch):
    commands = author("logging.basicConfig(level=logging.INFO)")
    (commands.directory / "own.json").write_text('{"log_level": "WARNING"}')
    run = commands.run(allowed=ALLOWED, MINE_CONFIG_PATH=str(commands.directory / "own.json"))
    assert run.exit_code == 0, run
    assert run.count("from logging") == 0
    assert run.count("from structlog") == 0


@pytest.mark.parametrize(
    "set_up", ["pass", "logging.basicConfig()", STRUCTLOG_ON_LOGGING, "structlog.reset_defaults()"]
)
def test_hooks_that_are_called_by_hand_print_the_messages_and_nothing_else(author, set_up):
    commands = author(set_up, module=MODULE.replace('tell("on_', 'str("on_'))
    program = "import mine; one = mine.Mine({}); one.on_start(); one.on_run({}); one.on_stop()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=commands.directory,
        env=commands.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [*MESSAGES[:2], *ALLOWED, *MESSAGES[2:]]
    assert done.stderr == ""
