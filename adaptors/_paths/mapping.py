"""Path mapping rules (OpenJD 2023-09, "How Jobs Are Run", Path Mapping), and all rules of a session."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs

from .formats import SPLIT, DestinationDirectory, PathFormat, Split
from .os_name import OSName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Callable

RULES = "path_mapping_rules"
REQUIRED = ("source_path_format", "source_path", "destination_path")


def _not_empty(_rule: object, attribute: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str):
        raise ValueError(f"{attribute.name} must be a string, not {value!r}")  # noqa: TRY004  one error for all bad rules
    if not value:
        raise ValueError(f"{attribute.name} cannot be empty")


def _plain(value: str) -> str:
    return repr(str(value))


def _to_format(value: object) -> Any:
    if not (isinstance(value, str) and value):
        return value
    try:
        return PathFormat.parse(value)
    except ValueError as error:
        raise ValueError(f"source_path_format {error}") from None


def _to_os_name(value: object) -> Any:
    if not (isinstance(value, str) and value):
        return value
    try:
        return _os_name(value)
    except ValueError as error:
        raise ValueError(f"destination_os: {error}") from None


_os_name = lru_cache(maxsize=16)(OSName)  # a job has thousands of rules for one system


def _source_keys(path_format: str, path: str) -> tuple[str, ...]:
    split = SPLIT[path_format](path)
    if split is None:
        raise ValueError(f"source_path {path!r} is not a URI: a URI starts with scheme://")
    keys = split.keys
    if not keys:
        raise ValueError(f"source_path {path!r} does not name a directory")
    if path_format == PathFormat.URI and len(keys) > 1 and not keys[-1]:
        return tuple(keys[:-1])  # a trailing slash only says that it is a directory
    if path_format == PathFormat.WINDOWS and len(keys) == 1 and keys[0].endswith(":"):
        return (*keys, "\\")  # a bare drive means the drive, not its current directory
    return tuple(keys)


@attrs.frozen(kw_only=True)
class PathMappingRule:
    r"""Map the files below a directory of the submitting machine to this machine.

    Attributes:
        source_path_format: The format of the source: ``POSIX``, ``WINDOWS``, or ``URI``, in any case.
        source_path: The directory on the submitting machine. A Windows path matches regardless of case and separators,
            a URI regardless of the case of its scheme and authority.
        destination_path: The directory here.
        destination_os: The operating system whose separators the mapped path gets. Default: this one.

    Raises:
        ValueError: A field is empty or not a string, or its value is unknown; the message begins with the field name.

    >>> rule = PathMappingRule(
    ...     source_path_format="WINDOWS", source_path="P:\\show", destination_path="/mnt/show", destination_os="linux"
    ... )
    >>> rule.apply(path="p:/Show/shot_1\\a.exr")
    (True, '/mnt/show/shot_1/a.exr')
    """

    source_path_format: str = attrs.field(converter=_to_format, validator=_not_empty, repr=_plain)
    source_path: str = attrs.field(validator=_not_empty)
    destination_path: str = attrs.field(validator=_not_empty)
    destination_os: str = attrs.field(converter=_to_os_name, factory=_os_name, validator=_not_empty)
    source: tuple[str, ...] = attrs.field(init=False, repr=False, eq=False)
    destination: DestinationDirectory = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """Split both paths, once for all calls."""
        destination = DestinationDirectory.parse(self.destination_path, windows=self.destination_os == OSName.WINDOWS)
        object.__setattr__(self, "destination", destination)
        object.__setattr__(self, "source", _source_keys(self.source_path_format, self.source_path))

    @classmethod
    def from_dict(cls, rule: Mapping[str, Any]) -> PathMappingRule:
        """Return the rule from a mapping. Unknown keys are ignored, so that rules can get more of them.

        Args:
            rule: ``source_path_format``, ``source_path``, ``destination_path``, and perhaps ``destination_os``.

        Raises:
            ValueError: A field is missing, empty, or not a string, or its value is unknown.
        """
        if not isinstance(rule, dict):
            raise ValueError(f"a rule must be a mapping, not {rule!r}")  # noqa: TRY004  as above
        missing = next((name for name in REQUIRED if name not in rule), None)
        if missing is not None or "destination_os" not in rule:
            _check_names(rule, missing)
        fields = {name: rule[name] for name in REQUIRED}
        if rule.get("destination_os") is not None:
            fields["destination_os"] = rule["destination_os"]
        return cls(**fields)

    def to_dict(self) -> dict[str, str]:
        """Return the rule as a mapping that :meth:`from_dict` reads."""
        return {
            "source_path_format": str(self.source_path_format),
            "source_path": self.source_path,
            "destination_path": self.destination_path,
            "destination_os": str(self.destination_os),
        }

    def apply(self, *, path: str) -> tuple[bool, str]:
        """Return whether the rule matches ``path``, and the path: mapped if so, else unchanged.

        Args:
            path: A path of any format.
        """
        split = SPLIT[self.source_path_format](path)
        size = len(self.source)
        if split is None or tuple(split.keys[:size]) != self.source:
            return False, path
        return True, self.destination.join(split.names[size:], closed=split.closed)


def read_rules(data: Mapping[str, Any] | None) -> list[PathMappingRule]:
    """Return the rules that a scheduler gave, in its order.

    Args:
        data: ``{"version": "pathmapping-1.0", "path_mapping_rules": [...]}``; an empty mapping or None for no rules.

    Raises:
        ValueError: A rule is malformed; the message names its number, from 0, and its field. Or the rules are missing,
            but another key may hold them: mapping must not be off unnoticed.
    """
    if not data:
        return []
    if RULES not in data:
        _refuse_what_may_be_rules(data)
    rules = data.get(RULES)
    if rules is None:
        return []
    if not isinstance(rules, list):
        raise ValueError(f"path_mapping_rules must be a list, not {type(rules).__name__}")  # noqa: TRY004  as above
    return [_read_rule(number, rule) for number, rule in enumerate(rules)]


def _refuse_what_may_be_rules(data: Mapping[str, Any]) -> None:
    """Reject a mapping without rules but with other keys. Keys next to rules are ignored (OpenJD 2023-09)."""
    from ..data._nearest import MISSPELT, nearest

    for key, value in data.items():
        if isinstance(value, (list, dict)) or nearest(key, [RULES], MISSPELT):
            raise ValueError(f"{RULES} is missing, but {key!r} is given: did you mean {RULES!r}?")


def _read_rule(number: int, rule: Any) -> PathMappingRule:
    try:
        return rule if isinstance(rule, PathMappingRule) else PathMappingRule.from_dict(rule)
    except ValueError as error:
        raise ValueError(f"path_mapping_rules[{number}]: {error}") from None


def _check_names(rule: Mapping[str, Any], missing: str | None) -> None:
    others = rule.keys() - {*REQUIRED, "destination_os"}
    if missing is None:
        if not others:
            return
        missing = "destination_os"
    from ..data._nearest import MISSPELT, nearest

    meant = nearest(missing, others, MISSPELT)
    if meant is not None:
        raise ValueError(f"{missing} is missing, but {meant!r} is given: did you mean {missing!r}?")
    if missing in REQUIRED:
        raise ValueError(f"{missing} is missing")


class PathMapping:
    """All rules of a session: the longest matching source maps a path, regardless of the order of the rules.

    Of several sources with equally many components, the first one wins. A path is split once per format and its
    prefixes are looked up, so the number of rules does not matter.

    Args:
        rules: The rules.

    Attributes:
        size: The number of rules.
    """

    def __init__(self, rules: Sequence[PathMappingRule]) -> None:
        self.size = len(rules)
        self._formats: list[_Format] = []
        by_format: dict[str, _Format] = {}
        for number, rule in enumerate(rules):
            key = rule.source_path_format
            if key not in by_format:
                by_format[key] = _Format(SPLIT[key])
                self._formats.append(by_format[key])
            by_format[key].add(number, rule)
        for one in self._formats:
            one.depths.sort(reverse=True)

    def find(self, path: str) -> PathMappingRule | None:
        """Return the rule that maps ``path``; None if no rule matches.

        Args:
            path: A path of any format.
        """
        found = self._find(path)
        return None if found is None else found[0]

    def map(self, path: str) -> str:
        """Return where ``path`` is on this machine; unchanged if no rule matches.

        Args:
            path: A path of any format.
        """
        found = self._find(path)
        if found is None:
            return path
        rule, split, depth = found
        return rule.destination.join(split.names[depth:], closed=split.closed)

    def _find(self, path: str) -> tuple[PathMappingRule, Split, int] | None:
        best: tuple[int, int] | None = None
        result: tuple[PathMappingRule, Split, int] | None = None
        for one in self._formats:
            split = one.split(path)
            if split is None:
                continue
            keys = split.keys
            size = len(keys)
            rules = one.rules
            for depth in one.depths:
                if depth > size:
                    continue
                hit = rules.get(tuple(keys[:depth]))
                if hit is not None:
                    number, rule = hit
                    if best is None or (-depth, number) < best:
                        best = (-depth, number)
                        result = (rule, split, depth)
                    break
        return result


class _Format:
    """The rules of one source format, by the components of their sources."""

    def __init__(self, split: Callable[[str], Split | None]) -> None:
        self.split = split
        self.rules: dict[tuple[str, ...], tuple[int, PathMappingRule]] = {}
        self.depths: list[int] = []

    def add(self, number: int, rule: PathMappingRule) -> None:
        if len(rule.source) not in self.depths:
            self.depths.append(len(rule.source))
        self.rules.setdefault(rule.source, (number, rule))
