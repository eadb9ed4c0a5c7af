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
        ApplicationLostError,
        BaseAdaptor,
        CommandAdaptor,
        Deadlines,
        EntryPoint,
        LoggingSubprocess,
        ManagedProcess,
        PathMappingRule,
        RegexCallback,
        RegexHandler,
        SemanticVersion,
        TaskCanceledError,
        expand_chunk,
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
    "ApplicationFailedError",
    "ApplicationLinkLostError",
    "ApplicationLostError",
    "BadInputError",
    "BaseAdaptor",
    "CommandAdaptor",
    "Deadlines",
    "EntryPoint",
    "IllegalCallError",
    "LoggingSubprocess",
    "ManagedProcess",
    "PathMappingRule",
    "RegexCallback",
    "RegexHandler",
    "SemanticVersion",
    "TaskCanceledError",
    "__version__",
    "expand_chunk",
    "setting",
]

_OF = {
    ".adaptors": [
        "Adaptor",
        "AdaptorConfigurationOptions",
        "ApplicationLostError",
        "BaseAdaptor",
        "CommandAdaptor",
        "Deadlines",
        "EntryPoint",
        "LoggingSubprocess",
        "ManagedProcess",
        "PathMappingRule",
        "RegexCallback",
        "RegexHandler",
        "SemanticVersion",
        "TaskCanceledError",
        "expand_chunk",
    ],
    ".adaptors.configuration": ["AdaptorConfiguration", "setting"],
    ".adaptors.processes": ["ApplicationFailedError"],
    ".ipc": ["ActionFailedError", "ActionsQueue", "AdaptorServer", "ApplicationLinkLostError", "BadInputError"],
    ".statemachine": ["AdaptorRuntimeError", "AdaptorState", "IllegalCallError"],
}

__getattr__, __dir__ = lazy_face(__name__, {name: module for module, names in _OF.items() for name in names})
