"""The classes that authors subclass, and what they use in a hook. Names are loaded on first use."""

from __future__ import annotations

from adaptor_runtime_client._lazy_face import lazy_face

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..statemachine import AdaptorState
    from ._adaptor import Adaptor, BaseAdaptor
    from ._application.restart import OnLoss, Restart
    from ._application_adaptor import ApplicationAdaptor
    from ._command_adaptor import CommandAdaptor
    from ._deadlines import Deadlines
    from ._frames import Frames
    from ._mapped_path import MappedPath
    from ._outcome import ApplicationLostError, Outcome, TaskCanceledError
    from ._paths.mapping import PathMappingRule
    from ._response_file import response_file, temporary_directory
    from ._session.runner import AdaptorRunner
    from ._task_chunk import expand_chunk
    from ._version import SemanticVersion
    from .command_line import EntryPoint
    from .configuration import AdaptorConfigurationOptions
    from .data import AdaptorDataValidator, AdaptorDataValidators
    from .executables import Executable, ExecutableNotFoundError, SelectedExecutable
    from .output import RegexCallback, RegexHandler
    from .processes import LoggingSubprocess, ManagedProcess

__all__ = [
    "Adaptor",
    "AdaptorConfigurationOptions",
    "AdaptorDataValidator",
    "AdaptorDataValidators",
    "AdaptorRunner",
    "AdaptorState",
    "ApplicationAdaptor",
    "ApplicationLostError",
    "BaseAdaptor",
    "CommandAdaptor",
    "Deadlines",
    "EntryPoint",
    "Executable",
    "ExecutableNotFoundError",
    "Frames",
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
    "expand_chunk",
    "response_file",
    "temporary_directory",
]

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "Adaptor": "._adaptor",
        "AdaptorConfigurationOptions": ".configuration",
        "AdaptorDataValidator": ".data",
        "AdaptorDataValidators": ".data",
        "AdaptorRunner": "._session.runner",
        "AdaptorState": "..statemachine",
        "ApplicationAdaptor": "._application_adaptor",
        "ApplicationLostError": "._outcome",
        "BaseAdaptor": "._adaptor",
        "CommandAdaptor": "._command_adaptor",
        "Deadlines": "._deadlines",
        "EntryPoint": ".command_line",
        "Executable": ".executables",
        "ExecutableNotFoundError": ".executables",
        "Frames": "._frames",
        "LoggingSubprocess": ".processes",
        "ManagedProcess": ".processes",
        "MappedPath": "._mapped_path",
        "OnLoss": "._application.restart",
        "Outcome": "._outcome",
        "PathMappingRule": "._paths.mapping",
        "RegexCallback": ".output",
        "RegexHandler": ".output",
        "Restart": "._application.restart",
        "SelectedExecutable": ".executables",
        "SemanticVersion": "._version",
        "TaskCanceledError": "._outcome",
        "expand_chunk": "._task_chunk",
        "response_file": "._response_file",
        "temporary_directory": "._response_file",
    },
)
