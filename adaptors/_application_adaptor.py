"""The base class of adaptors that keep an application loaded and drive it through many tasks."""

from __future__ import annotations

import os
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Optional

import attrs

from ._adaptor import BaseAdaptor, ConfigurationT
from ._application.restart import OnLoss, Restart
from ._session.private_state import private_state
from .configuration._package_directory import package_directory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Callable, TypeVar, Union

    from ._application.application import Application
    from ._application.kept_application import KeptApplication
    from .output import OutputRule

    ItemT = TypeVar("ItemT")
    Path = Union[str, os.PathLike[str]]


@attrs.define(eq=False, slots=False, repr=False)
class ApplicationAdaptor(BaseAdaptor[ConfigurationT]):
    """An adaptor that keeps its application loaded from ``on_start`` to ``on_stop``, and asks it for each task.

    Write ``launch``, which says how the application is started; ``on_load``, which makes it ready each time it was
    started; and ``on_run``. The runtime does the rest: it starts the application, waits until it is ready, serves its
    link, watches its output and its life, judges each task, restarts the application if need be, and ends it. The hooks
    ``on_start``, ``on_stop``, ``on_cancel``, and ``on_cleanup`` do that; if you write one of them, call ``super()``.

    The application is ready as soon as its client serves, if there is a file ``client_file``; else as soon as a
    ``ready`` rule matches, if there is one; else at once.

    A task fails, for the first of these causes: it was canceled; a ``failure`` or ``fatal`` rule matches the output;
    the application is lost; ``on_run`` raises; an expected output is missing, empty, or old.

    Attributes:
        client_file: The file of the client that the application runs, in the folder of the adaptor's module. If it
            exists, the application gets a link to the adaptor, and ``call`` may be used.
        rules: What the lines of the output mean: a list of rules, from ``adaptor_runtime.rules``.
        rules_file: A file with more rules; see ``CommandAdaptor``.
        job_may_switch_rules_off: Leave out the rules that the init data lists as ``rules_off``; see ``CommandAdaptor``.
        output_patience: How long to wait for an expected output that is missing, in seconds.
        on_loss: What the loss of the application ends: the session, only the task, or nothing, since it is restarted
            and the task is run again.
        restart: When the application is restarted between two tasks, and how often one task is run again.
        stop_signal: The signal that asks the application to end, before it is killed. It is sent once.
        stop_grace: Seconds between that signal and SIGKILL, unless a cancel or a quarter of the deadline ``stop`` is
            less; the log says so.
        encoding: What the application reads and writes.
        merge_output: Keep the lines of both output streams in one order.
        terminal: Give it a pseudo terminal for its output, as one stream, which most programs do not keep in a buffer
            (POSIX).
        follow_launcher: What happens if the executable is a launcher; see ``LoggingSubprocess``.
        startup_directory: The directory to start the application in; None for the current one.
    """

    client_file: ClassVar[Optional[str]] = "client.py"
    rules: ClassVar[Sequence[OutputRule]] = ()
    rules_file: ClassVar[Optional[str]] = None
    job_may_switch_rules_off: ClassVar[bool] = False
    output_patience: ClassVar[float] = 2.0
    on_loss: ClassVar[OnLoss] = OnLoss.FAIL_SESSION
    restart: ClassVar[Restart] = Restart()
    stop_signal: ClassVar[str] = "SIGTERM"
    stop_grace: ClassVar[float] = 5.0
    encoding: ClassVar[str] = "utf-8"
    merge_output: ClassVar[bool] = False
    terminal: ClassVar[bool] = False
    follow_launcher: ClassVar[Optional[bool]] = None
    startup_directory: ClassVar[Optional[str]] = None

    def __init_subclass__(cls, **options: Any) -> None:
        """Also take ``on_loss`` by its text; the check of the class reports a text that is none."""
        super().__init_subclass__(**options)
        given: object = cls.on_loss
        if isinstance(given, str) and given in tuple(OnLoss):
            cls.on_loss = OnLoss(given)

    # What the author writes.

    @abstractmethod
    def launch(self) -> Sequence[Path]:
        """Return the executable and its arguments; called each time the application is started."""

    def environment(self) -> Mapping[str, str]:
        """Return environment variables for the application, in addition to those of this process."""
        return {}

    def status_file(self) -> Optional[Path]:
        """Return the file in which the application writes what it does, to be read like its output; None for none.

        Called each time the application is started. See ``LoggingSubprocess``.
        """
        return None

    def on_load(self) -> None:
        """Make the application ready for tasks; called each time it was started, when it can be asked."""

    @abstractmethod
    def on_run(self, run_data: Any) -> None:
        """Run one task.

        Args:
            run_data: The task's data: an instance of the class ``RunData`` if the adaptor has one, else a dictionary.
        """

    def expected_outputs(self, run_data: Any) -> Iterable[Path]:
        """Return the files that a task must write: after it, each exists, is not empty, and is new.

        Called before the task begins.

        Args:
            run_data: The task's data.
        """
        return ()

    # What the author uses.

    @property
    def application(self) -> Application:
        """The application: ``call`` and ``ask`` it, or look at its ``state`` and ``process``."""
        from ._application.application import Application

        return Application(_kept(self))

    @property
    def client(self) -> str | None:
        """The path of the client; None if there is no such file."""
        directory = package_directory(type(self))
        if self.client_file is None or directory is None:
            return None
        path = os.path.join(directory, self.client_file)
        return path if os.path.lexists(path) else None

    def each(
        self,
        items: Iterable[ItemT],
        status: str = "{item} ({number} of {count})",
        *,
        skip_existing: Callable[[ItemT], Path] | None = None,
    ) -> Iterator[ItemT]:
        """Yield the items of a task, such as its frames; each is an equal part of its progress.

        Between two of them, a cancel ends the task, and so does a ``failure`` rule that has matched. What the
        application reports as its progress is that of the current item, and the progress of the task never falls.

        Args:
            items: The items, in their order.
            status: The status message for each: ``{item}``, its ``{number}``, from 1, and the ``{count}`` of all.
            skip_existing: Returns the output of an item. An item whose output exists, and is not empty, is skipped, and
                that output counts as new: a chunk that is run again only does what is missing.
        """
        return _kept(self).each(items, status, skip_existing)

    # The hooks of the lifecycle.

    def on_start(self) -> None:
        """Start and load the application."""
        _kept(self).start()

    def on_stop(self) -> None:
        """Close the application: its client is asked to end, and its input is closed."""
        _kept(self).close("on_stop")

    def on_cancel(self) -> None:
        """End an application that is busy; the waits of the hook in flight have ended by themselves."""
        _kept(self).cancel()

    def on_cleanup(self) -> None:
        """End the application if it still runs, and remove its temporary files."""
        _kept(self).clean_up()

    def _BaseAdaptor__call_on_run(self, run_data: Any) -> None:  # noqa: N802  overrides the mangled name
        from ._application.task import ApplicationTask

        kept = _kept(self)
        ApplicationTask(self, kept, run_data).run()
        kept.progress.complete()


def application_name(adaptor_class: type) -> str:
    """Return what records call the application of an adaptor: "blender" for ``BlenderAdaptor``."""
    return adaptor_class.__name__.removesuffix("Adaptor").lower() or "application"


def _kept(adaptor: ApplicationAdaptor[Any]) -> KeptApplication:
    own = private_state(adaptor)
    if own.application is None:
        from ._application.kept_application import KeptApplication
        from ._rules_in_force import rules_in_force
        from .output import RuleSet

        rules = rules_in_force(adaptor) or RuleSet()
        own.application = KeptApplication(adaptor, application_name(type(adaptor)), rules)
    application: KeptApplication = own.application
    return application
