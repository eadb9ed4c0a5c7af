"""Run an application under an Open Job Description scheduler: load it once, run many tasks in it, always clean up.

These are the names that an author uses. Each is loaded on first use, because ``daemon run`` pays for each import once
per task.
"""

from __future__ import annotations

from adaptor_runtime_client import __version__
from adaptor_runtime_client._lazy_face import lazy_face

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .adaptors import (
        Adaptor,
        AdaptorConfigurationOptions,
        ApplicationAdaptor,
        ApplicationLostError,
        BaseAdaptor,
        CommandAdaptor,
        Deadlines,
        EntryPoint,
        Executable,
        ExecutableNotFoundError,
        Frames,
        LoggingSubprocess,
        ManagedProcess,
        MappedPath,
        OnLoss,
        Outcome,
        PathMappingRule,
        RegexCallback,
        RegexHandler,
        Restart,
        SelectedExecutable,
        SemanticVersion,
        TaskCanceledError,
        expand_chunk,
        response_file,
        temporary_directory,
    )
    from .adaptors.configuration import AdaptorConfiguration, setting
    from .adaptors.processes import ApplicationFailedError
    from .ipc import ActionFailedError, ActionsQueue, AdaptorServer, ApplicationLinkLostError, BadInputError
    from .statemachine import AdaptorRuntimeError, AdaptorState, IllegalCallError

__all__ = [
    "ActionFailedError",
    "ActionsQueue",
    "Adaptor",
    "AdaptorConfiguration",
    "AdaptorConfigurationOptions",
    "AdaptorRuntimeError",
    "AdaptorServer",
    "AdaptorState",
    "ApplicationAdaptor",
    "ApplicationFailedError",
    "ApplicationLinkLostError",
    "ApplicationLostError",
    "BadInputError",
    "BaseAdaptor",
    "CommandAdaptor",
    "Deadlines",
    "EntryPoint",
    "Executable",
    "ExecutableNotFoundError",
    "Frames",
    "IllegalCallError",
    "LoggingSubprocess",
    "ManagedProcess",
    "MappedPath",
    "OnLoss",
    "Outcome",
    "PathMappingRule",
    "RegexCallback",
    "RegexHandler",
    "Restart",
    "SelectedExecutable",
    "SemanticVersion",
    "TaskCanceledError",
    "__version__",
    "expand_chunk",
    "response_file",
    "setting",
    "temporary_directory",
]

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        **dict.fromkeys(__all__, ".adaptors"),  # where all others are
        "ActionFailedError": ".ipc",
        "ActionsQueue": ".ipc",
        "AdaptorConfiguration": ".adaptors.configuration",
        "AdaptorRuntimeError": ".statemachine",
        "AdaptorServer": ".ipc",
        "AdaptorState": ".statemachine",
        "ApplicationFailedError": ".adaptors.processes",
        "ApplicationLinkLostError": ".ipc",
        "BadInputError": ".ipc",
        "IllegalCallError": ".statemachine",
        "setting": ".adaptors.configuration",
    },
)
