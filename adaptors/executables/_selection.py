"""Look for a program, and select the one to use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

import attrs

from ._candidate import Candidate
from ._errors import ExecutableNotFoundError, NoVersionError
from ._places import defect, matching, named, on_path
from ._requirement import comparable, fits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._version_probe import VersionProbe

PATH = "PATH"


@attrs.frozen
class Selection:
    """The search for one program.

    Attributes:
        names: Its names on the PATH.
        patterns: Patterns of the paths where else it may be.
        requirement: The versions that can be used; empty for any.
        probe: How to ask for a version; None if it does not matter.
        variable: The environment variable that could name it, for the message; empty if there is none.
    """

    names: tuple[str, ...]
    patterns: tuple[str, ...]
    requirement: str
    probe: Optional[VersionProbe]
    variable: str

    def given(self, place: str, text: str) -> Candidate:
        """Return the program that a person has named.

        Args:
            place: Where it is named, as the beginning of a sentence.
            text: Its path, or its name on the PATH.

        Raises:
            ExecutableNotFoundError: It cannot be used.
        """
        path = named(text)
        if path is None:
            raise ExecutableNotFoundError(
                f"{place} names {text}, which is no program on the PATH; correct or remove it"
            )
        candidate = self._judge(path, place)
        if candidate.problem:
            what = candidate.described(self.names[0])
            raise ExecutableNotFoundError(f"{place} names a program that cannot be used: {what}; correct or remove it")
        return candidate

    def found(self) -> Candidate:
        """Return the first usable program on the PATH, else the newest one that matches a pattern.

        The log names each program before it that cannot be used.

        Raises:
            ExecutableNotFoundError: None can be used.
        """
        rejected: list[Candidate] = []
        for path in on_path(self.names):
            candidate = self._judge(path, PATH)
            if not candidate.problem:
                self._log_skipped(rejected)
                return candidate
            rejected.append(candidate)
        matches = {pattern: [self._judge(path, pattern) for path in matching(pattern)] for pattern in self.patterns}
        candidates = [candidate for some in matches.values() for candidate in some]
        newest = self._newest([candidate for candidate in candidates if not candidate.problem])
        if newest is None:
            raise ExecutableNotFoundError(self._nothing(rejected, matches))
        self._log_skipped([*rejected, *(candidate for candidate in candidates if candidate.problem)])
        return newest

    def _log_skipped(self, candidates: Sequence[Candidate]) -> None:
        if candidates:
            from .._messages.own_log import log

            for candidate in candidates:
                log().info(f"skipped {candidate.described(self.names[0])}")

    def _judge(self, path: str, place: str) -> Candidate:
        problem = defect(path)
        if problem or self.probe is None:
            return Candidate(path, place, problem=problem)
        try:
            version = self.probe.version_of(path)
        except NoVersionError as error:
            return Candidate(path, place, problem=str(error))
        return Candidate(path, place, version, "" if fits(version, self.requirement) else f"needs {self.requirement}")

    def _newest(self, candidates: Sequence[Candidate]) -> Candidate | None:
        if self.probe is None:
            return next(iter(candidates), None)
        return max(candidates, key=lambda candidate: comparable(candidate.version), default=None)

    def _nothing(self, on_the_path: list[Candidate], matches: dict[str, list[Candidate]]) -> str:
        """Return what was found where, and what to do."""
        name = self.names[0]
        said = [f"{self.variable} not set"] if self.variable else []
        said += [one.described(name) for one in on_the_path] or [f"no {' or '.join(self.names)} on the PATH"]
        for pattern, candidates in matches.items():
            said += [one.described(name) for one in candidates] or [f"nothing matches {pattern}"]
        remedy = f"install {name}{self.requirement and ' '}{self.requirement}"
        if self.variable:
            remedy += f", or set {self.variable} to its path"
        return f"no usable {name} was found: {'; '.join(said)}; {remedy}"
