"""The rules of an application: named, in order, from several layers; and the one handler that tries them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ...ipc._errors import BadInputError
from ._output_rule import RuleKind
from ._regex_callback import RegexCallback
from ._regex_handler import RegexHandler

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable
    from typing import Callable

    from ._output_rule import OutputRule, RuleMatch

    RuleSink = Callable[[RuleMatch], object]
    """Gets what the rules match, on the thread that reads the output, one match at a time."""


@attrs.frozen
class RuleSet:
    """Rules with unique names, in the order in which they are tried: those that ignore lines first.

    Every rule that matches a line acts on it, unless an ``ignore`` rule has matched it. Make one with ``merged``.

    Attributes:
        rules: The rules.
    """

    rules: tuple[OutputRule, ...] = ()

    @classmethod
    def merged(cls, *layers: Iterable[OutputRule]) -> RuleSet:
        """Return the rules of several layers.

        A rule without a name is called by its kind and its number among all rules of this kind: ``failure-2``. A rule
        with the name of one in an earlier layer takes its place.

        Raises:
            BadInputError: Two rules of one layer have the same name.
        """
        found: dict[str, OutputRule] = {}
        counts = dict.fromkeys(RuleKind, 0)
        for layer in layers:
            named: dict[str, OutputRule] = {}
            for rule in layer:
                counts[rule.kind] += 1
                name = rule.name or f"{rule.kind}-{counts[rule.kind]}"
                if name in named:
                    raise BadInputError(f"two output rules are named {name!r}; give each its own name")
                named[name] = rule if rule.name else attrs.evolve(rule, name=name)
            found.update(named)
        return cls(tuple(sorted(found.values(), key=lambda rule: rule.kind is not RuleKind.IGNORE)))

    def __len__(self) -> int:
        return len(self.rules)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the rules, in their order."""
        return tuple(rule.name for rule in self.rules)

    def without(self, names: Iterable[str], where: str) -> RuleSet:
        """Return the other rules.

        Args:
            names: Rules to leave out.
            where: Where the names come from, for the message.

        Raises:
            BadInputError: There is no rule of one of the names.
        """
        left_out = list(names)
        for name in left_out:
            if name not in self.names:
                from ..data._nearest import did_you_mean

                known = f"the rules are {', '.join(self.names)}" if self.rules else "there are no rules"
                raise BadInputError(
                    f"{where}: there is no output rule {name!r}{did_you_mean(name, self.names)}; {known}"
                )
        return RuleSet(tuple(rule for rule in self.rules if rule.name not in left_out))

    def handler(self, sink: RuleSink) -> RegexHandler:
        """Return a handler of output that tries all rules and reports each match to ``sink``."""
        return RegexHandler([RuleCallback(rule, sink) for rule in self.rules])


class RuleCallback(RegexCallback):
    """Report the matches of one rule.

    Args:
        rule: The rule.
        sink: Gets each match.
    """

    def __init__(self, rule: OutputRule, sink: RuleSink) -> None:
        self._rule = rule
        self._sink = sink
        self.hidden_as = None if rule.show else rule.name
        self.must_show = rule.is_cause
        super().__init__([rule.pattern], self._report, exit_if_matched=rule.kind is RuleKind.IGNORE)

    def _report(self, match: re.Match[str]) -> None:
        self._sink(self._rule.read(match))
