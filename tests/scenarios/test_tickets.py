"""Tickets: where an environment's name comes from, and that it keeps it."""

from tests.scenarios.world import REPOSITORY, World, until


def test_the_branch_names_the_ticket_before_title_and_body(world: World) -> None:
    world.open("fix/SHOP-101-cart", title="SHOP-102", body="SHOP-103")
    assert world.wait_for("SHOP-101", "ready")["ticket"] == "SHOP-101"


def test_the_title_names_it_where_the_branch_does_not(world: World) -> None:
    world.open("fix-cart", title="Mend the cart (SHOP-104)", body="SHOP-105")
    world.wait_for("SHOP-104", "ready")


def test_the_body_names_it_where_nothing_else_does(world: World) -> None:
    world.open("mend-cart", title="Mend the cart", body="It was broken.\n\nCloses SHOP-106.")
    world.wait_for("SHOP-106", "ready")


def test_without_a_ticket_the_pull_request_is_the_name(world: World) -> None:
    number = world.open("mend-basket", title="Mend the basket")
    found = world.wait_for(f"shop-pr-{number}", "ready")
    assert (found["ticket"], found["stacks"][0]["name"]) == (None, f"shop-pr-{number}")


def test_two_pull_requests_of_one_ticket_stand_side_by_side(world: World) -> None:
    world.open("SHOP-107-front")
    world.wait_for("SHOP-107", "ready")
    number = world.open("SHOP-107-back")
    world.wait_for(f"SHOP-107-pr{number}", "ready")
    world.github.delete_branch(REPOSITORY, "SHOP-107-back")
    world.wait_for(f"SHOP-107-pr{number}", "gone")
    assert world.phase("SHOP-107") == "ready"


def test_a_title_edited_later_changes_nothing_but_the_links(world: World) -> None:
    number = world.open("mend-till", title="SHOP-108 till")
    world.wait_for("SHOP-108", "ready")
    world.github.edit_pull_request(REPOSITORY, number, title="SHOP-109 till and scanner")
    world.told("SHOP-108", number, "is ready")
    until(lambda: "SHOP-109 till and scanner" in str(world.messages("SHOP-108")[0].blocks), "the new title is shown")
    assert (world.phase("SHOP-109"), "SHOP-109" in world.stacks()) == (None, False)
