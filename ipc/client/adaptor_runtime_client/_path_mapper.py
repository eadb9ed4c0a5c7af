"""Path mapping by the rules of the session, as an application asks its adaptor for it."""

from __future__ import annotations

from ._connection import Question
from ._messages import AskPathMappingRules, MapPath, MappedPath, PathMappingRules
from ._path_mapping_rule import PathMappingRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ._link import Link

_PATHS_KEPT = 100_000


class PathMapper:
    """Ask the adaptor at the other end of a link; each path, and the rules, only once.

    Args:
        say: Called with a line about each question and its answer.
    """

    def __init__(self, say: Callable[[str], object] = lambda _: None) -> None:
        self._say = say
        self._mapped_paths: dict[str, str] = {}
        self._known_rules: list[PathMappingRule] | None = None

    def map_path(self, link: Link, path: str) -> str:
        """Return where ``path`` is on this machine.

        Raises:
            RuntimeError: The adaptor could not answer, or is not running (AdaptorGoneError).
        """
        known = self._mapped_paths.get(path)
        if known is not None:
            return known
        self._say(f"Requesting Path Mapping for path '{path}'.")
        _, (answer, _) = link.ask(Question(lambda number: MapPath(number, str(path))))
        if not isinstance(answer, MappedPath):
            raise _no_answer(f"a mapped path for path '{path}'", answer)
        self._say(f"Mapped path '{path}' to '{answer.path}'.")
        if len(self._mapped_paths) >= _PATHS_KEPT:
            self._mapped_paths.clear()
        self._mapped_paths[path] = answer.path
        return answer.path

    def rules(self, link: Link) -> list[PathMappingRule]:
        """Return the rules behind ``map_path``.

        Raises:
            RuntimeError: The adaptor could not answer, or is not running (AdaptorGoneError).
        """
        if self._known_rules is None:
            self._say("Requesting Path Mapping Rules.")
            _, (answer, _) = link.ask(Question(AskPathMappingRules))
            if not isinstance(answer, PathMappingRules):
                raise _no_answer("the path mapping rules", answer)
            try:
                self._known_rules = [PathMappingRule.from_dict(rule) for rule in answer.rules]
            except KeyError as error:
                raise RuntimeError(f"ERROR: the adaptor sent a path mapping rule that lacks {error}") from None
        return list(self._known_rules)


def _no_answer(wanted: str, answer: object) -> RuntimeError:
    reason = getattr(answer, "reason", answer)
    return RuntimeError(f"ERROR: Failed to get {wanted}. The adaptor says: {reason}")
