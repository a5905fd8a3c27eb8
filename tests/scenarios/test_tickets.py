"""Tickets: where an environment's name comes from, and that it keeps it."""

from tests.scenarios.repositories import repository_files
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


def test_two_repositories_share_one_environment_where_the_server_allows_it(fresh_world: World) -> None:
    world = fresh_world
    world.settings["MAYFLY_SHARED_TICKETS"] = "true"
    world.github.create_repository("acme/api", files=repository_files())
    world.start()
    world.open("SHOP-110-front")
    world.wait_for("SHOP-110", "ready")
    world.github.push("acme/api", "SHOP-110-back", {"change.txt": "back"})
    number = world.github.open_pull_request("acme/api", "SHOP-110-back", title="The other half")
    until(lambda: "SHOP-110-api" in world.stacks() and world.phase("SHOP-110") == "ready", "both halves stand")
    found = world.environment("SHOP-110")
    assert found
    assert {source["repository"] for source in found["sources"]} == {REPOSITORY, "acme/api"}
    world.github.delete_branch(REPOSITORY, "SHOP-110-front")
    world.github.push("acme/api", "SHOP-110-back", {"more.txt": "more"})
    until(lambda: len(world.environment("SHOP-110")["deployments"]) == 3, "the half that is left is deployed")  # type: ignore[index]
    world.wait_for("SHOP-110", "ready")
    world.github.close_pull_request("acme/api", number)
    world.wait_for("SHOP-110", "gone")
    assert [name for name in world.stacks() if name.startswith("SHOP-110")] == []
