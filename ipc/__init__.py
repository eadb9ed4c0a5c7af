"""How processes talk: daemon and frontends, adaptor and application. Names are loaded on first use."""

from __future__ import annotations

from adaptor_runtime_client._lazy_face import lazy_face

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._application.actions_queue import ActionsQueue
    from ._application.awaited_future import AwaitedFuture
    from ._application.linked_application import LinkedApplication
    from ._application.server import AdaptorServer
    from ._errors import ActionFailedError, ApplicationLinkLostError, BadInputError, SystemRefusalError

__all__ = [
    "ActionFailedError",
    "ActionsQueue",
    "AdaptorServer",
    "ApplicationLinkLostError",
    "AwaitedFuture",
    "BadInputError",
    "LinkedApplication",
    "SystemRefusalError",
]

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "ActionFailedError": "._errors",
        "ActionsQueue": "._application.actions_queue",
        "AdaptorServer": "._application.server",
        "ApplicationLinkLostError": "._errors",
        "AwaitedFuture": "._application.awaited_future",
        "BadInputError": "._errors",
        "LinkedApplication": "._application.linked_application",
        "SystemRefusalError": "._errors",
    },
)
