"""A newcomer plays on the demo's page with the real Mayfly behind it: open, push, close, look."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.sandbox.demo.stage import Stage
from tests.browser.pictures import open_draft

PATIENCE_MS = 30_000


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as stage:
        stage.start_program()
        yield stage


@pytest.fixture
def page(chromium: Browser, stage: Stage) -> Iterator[Page]:
    page = chromium.new_page()
    page.goto(stage.page.url)
    yield page
    page.close()


def test_a_draft_becomes_a_stack_and_goes_again(page: Page, stage: Stage) -> None:
    slack, conversation = page.locator("[data-fragment=channel]"), page.locator("[data-fragment=conversation]")
    open_draft(page, "SHOP-42", "Sell tea")
    expect(slack).to_contain_text("SHOP-42 is ready", timeout=PATIENCE_MS)
    expect(conversation).to_contain_text("SHOP-42 is ready", timeout=PATIENCE_MS)
    expect(slack).to_contain_text("ApiUrl")
    expect(page.locator("[data-fragment=stacks]")).to_contain_text("CREATE_COMPLETE")
    page.get_by_role("button", name="Push a change").click()
    expect(page.locator("[data-fragment=stacks]")).to_contain_text("UPDATE_COMPLETE", timeout=PATIENCE_MS)
    page.get_by_role("button", name="Close", exact=True).click()
    expect(slack).to_contain_text("SHOP-42 is gone", timeout=PATIENCE_MS)
    expect(page.locator("[data-fragment=stacks]")).to_contain_text("No stacks")
    assert (
        len([message for message in stage.slack.channel("#previews") if message.thread_ts in (None, message.ts)]) == 1
    )


def test_a_link_from_slack_shows_its_pull_request(page: Page, stage: Stage) -> None:
    first = stage.world.open("SHOP-50", "Sell cups")
    stage.world.open("SHOP-51", "Sell spoons")
    page.goto(f"{stage.page.url}/{first.repository}/pull/{first.number}")
    expect(page.locator("[data-fragment=conversation]")).to_contain_text("Sell cups")
