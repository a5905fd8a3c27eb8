"""One environment for one ticket across repositories: what each contributes, and under which names."""

from app.core.environment import Desired, Target
from app.core.graph import StackWish
from app.core.sharing import commits_of, contribute
from tests.builders import a_desired

SHOP, API, WEB = "acme/shop", "acme/api", "other/api"
ONE = {"main": StackWish("t", ("eu-west-1",))}
TWO = {"bus": StackWish("b", ("eu-west-1",)), "api": StackWish("a", ("eu-west-1",), needs=("bus",))}


def contributed(before: Desired, repository: str, commit: str, wishes: dict[str, StackWish] = ONE) -> Desired:
    targets = contribute(before, SHOP, repository, commit, wishes, "SHOP-42")
    return a_desired(*targets, repository=repository, commit=commit)


def names(targets: tuple[Target, ...]) -> list[str]:
    return [target.name for target in targets]


NOTHING = Desired(False, SHOP)


def test_alone_a_repository_has_its_stacks_as_ever() -> None:
    alone = contributed(NOTHING, SHOP, "s1")
    assert [(t.name, t.stack, t.repository, t.commit) for t in alone.targets] == [("SHOP-42", "main", "", "")]


def test_a_guest_moves_nothing_of_what_stands() -> None:
    both = contributed(contributed(NOTHING, SHOP, "s1"), API, "a1", TWO)
    assert names(both.targets) == ["SHOP-42", "SHOP-42-api-bus", "SHOP-42-api-api"]
    assert [(t.stack, t.needs) for t in both.targets[1:]] == [
        ("bus@acme/api", ()),
        ("api@acme/api", ("bus@acme/api",)),
    ]


def test_each_stands_at_its_own_commit() -> None:
    both = contributed(contributed(NOTHING, SHOP, "s1"), API, "a1")
    pushed = contributed(both, SHOP, "s2")
    assert {origin: names(tuple(targets)) for origin, targets in commits_of(pushed).items()} == {
        (API, "a1"): ["SHOP-42-api"],
        (SHOP, "s2"): ["SHOP-42"],
    }


def test_two_repositories_of_one_name_do_not_meet() -> None:
    three = contributed(contributed(contributed(NOTHING, SHOP, "s1"), API, "a1"), WEB, "w1")
    assert len(set(names(three.targets))) == 3
    assert contributed(three, WEB, "w1").targets == three.targets


def test_nor_does_a_guest_meet_a_stack_of_the_first() -> None:
    both = contributed(contributed(NOTHING, SHOP, "s1", TWO), API, "a1")
    assert names(both.targets)[:2] == ["SHOP-42-bus", "SHOP-42-api"]
    assert len(set(names(both.targets))) == 3


def test_what_one_repository_takes_out_of_its_file_is_wanted_no_more() -> None:
    both = contributed(contributed(NOTHING, SHOP, "s1"), API, "a1", TWO)
    assert names(contributed(both, API, "a2").targets) == ["SHOP-42", "SHOP-42-api"]
