"""The thread: all that the message has no room for, in as few parts as it fills, and nothing dropped in silence."""

from app.core.announcement import Announcement
from app.slack.details import MOST_PARTS, write_details
from tests.builders import a_source, a_stack_line, a_usable, an_announcement, an_output
from tests.unit.slack.shapes import EVERY_SHAPE, read


def lines_of(announcement: Announcement) -> list[str]:
    return "\n".join(read(part) for part in write_details(announcement)).splitlines()


def test_where_the_message_says_everything_there_is_no_thread() -> None:
    assert write_details(an_announcement(resources=())) == []


def test_what_people_use_stands_by_type_with_its_page() -> None:
    told = an_announcement(
        resources=(a_usable("a"), a_usable("b"), a_usable("https://sqs.example/1/orders", "Queue", "https://c/q"))
    )
    assert lines_of(told) == [
        "*Functions*",
        "• <https://console.example/f|a>",
        "• <https://console.example/f|b>",
        "*Queue* <https://c/q|orders>",
    ]


def test_every_output_is_there_with_its_whole_value() -> None:
    outputs = tuple(an_output(f"O{n}", f"{n:03}" * 66) for n in range(150))
    lines = lines_of(an_announcement(outputs=outputs, resources=()))
    assert [line for line in lines if line.startswith("•")] == [f"• {o.name}: `{o.value}`" for o in outputs]


def test_a_value_that_is_too_long_for_the_message_is_whole_in_the_thread() -> None:
    told = an_announcement(outputs=(an_output("Policy", "p" * 900),), resources=())
    assert lines_of(told) == ["*Every output*", f"• Policy: `{'p' * 900}`"]


def test_a_value_that_is_cut_says_so_and_where_the_rest_is() -> None:
    told = an_announcement(outputs=(an_output("Policy", "p" * 4_000),), resources=())
    assert lines_of(told)[-1].startswith("_Values that end in … are longer; `mayfly show SHOP-42 --json`")


def test_the_whole_of_a_long_reason_is_there() -> None:
    reason = " ".join(f"Nested{n} failed." for n in range(300))
    assert " ".join(lines_of(an_announcement(reason=reason, resources=()))[1:]) == reason


def test_further_sources_and_many_stacks_are_there() -> None:
    told = an_announcement(
        sources=tuple(a_source(n) for n in range(1, 6)),
        stacks=tuple(a_stack_line(f"SHOP-42-{n}") for n in range(4)),
        resources=(),
    )
    lines = lines_of(told)
    assert [line.partition(" by ")[0] for line in lines[1:3]] == [f"• acme/shop#{n} A better cart" for n in (4, 5)]
    assert len([line for line in lines if "CREATE_COMPLETE" in line]) == 4


def test_what_does_not_fit_is_counted() -> None:
    announcement = EVERY_SHAPE["500 resources"]
    lines = lines_of(announcement)
    assert len(write_details(announcement)) <= MOST_PARTS
    assert len([line for line in lines if line.startswith("• ")]) + _left(lines) == 500


def _left(lines: list[str]) -> int:
    note = lines[-1]
    return int(note.split()[2]) if note.startswith("_… and") else 0


def test_parts_can_be_told_apart() -> None:
    parts = write_details(EVERY_SHAPE["200 long values"])
    assert len({part.environment for part in parts}) == len(parts) > 1
