"""The catalog: the lists of one look, each read once beside the others; what could not be read is said in `unread`."""

from collections.abc import Iterable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field

from app.aws.caller import Caller
from app.aws.fleet.lists import EVERY, Listed, list_rules
from app.aws.usage.facts import Fact, Rule
from app.core.errors import MayflyError


@dataclass
class Catalog:
    """Lists that were begun, by type."""

    caller: Caller
    account_id: str
    pool: Executor
    unread: list[str] = field(default_factory=list)
    _begun: dict[str, Future[list[Listed]]] = field(default_factory=dict)
    _rules: Future[dict[str, Rule]] | None = None

    def begin(self, types: Iterable[str]) -> None:
        """Begin to read lists; one that was begun is not read again."""
        for each in types:
            if each not in self._begun:
                self._begun[each] = self.pool.submit(EVERY[each], self.caller, self.account_id)

    def begin_rules(self) -> None:
        """Begin to read the rules of every bus."""
        self._rules = self.pool.submit(list_rules, self.caller)

    def rules(self) -> Fact[Rule]:
        """The rules, by `bus|name`."""
        try:
            return Fact(self._rules.result() if self._rules else {})
        except MayflyError as fault:
            return Fact({}, str(fault))

    def everything(self) -> list[Listed]:
        """All that was listed whole."""
        return [thing for kind in [*self._begun] for thing in self.of(kind) or ()]

    def of(self, kind: str) -> list[Listed] | None:
        """What there is of a type; None where its list was not read, or not whole."""
        if kind not in self._begun:
            return None
        try:
            return self._begun[kind].result()
        except MayflyError as fault:
            self.note(f"{kind} could not be listed. {fault}")
            return None

    def note(self, sentence: str) -> None:
        """Say what could not be read."""
        if sentence not in self.unread:
            self.unread.append(sentence)
