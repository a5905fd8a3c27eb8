"""The pictures in the README, made from the running program: `python -m tests.browser.pictures`."""

import threading
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from app.sandbox.demo.stage import Stage
from tests.browser.conftest import launch

PICTURES = Path(__file__).parents[2] / "infra" / "pictures"


def take_pictures() -> None:
    """Play as a newcomer would and keep what the page shows."""
    with Stage() as stage, sync_playwright() as playwright:
        stage.start_program()
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.goto(stage.page.url)
        open_draft(page, "SHOP-42", "Sell tea")
        page.get_by_text("is ready").nth(1).wait_for(timeout=60_000)
        page.get_by_text("Log group", exact=True).wait_for(timeout=30_000)
        threading.Event().wait(2.5)  # the comment, the check and the thread settle
        PICTURES.mkdir(exist_ok=True)
        page.screenshot(path=PICTURES / "playground.png")
        page.set_viewport_size({"width": 1500, "height": 1000})
        threading.Event().wait(1.5)
        page.locator(".column.slack").screenshot(path=PICTURES / "slack.png")
        page.locator(".column").first.screenshot(path=PICTURES / "pull-request.png")
        browser.close()


def open_draft(page: Page, ticket: str, title: str) -> None:
    """Open a draft pull request with the page's own form."""
    page.get_by_role("button", name="New draft").first.click()
    page.get_by_label("Ticket").fill(ticket)
    page.get_by_label("Title").first.fill(title)
    page.keyboard.press("Enter")


if __name__ == "__main__":
    take_pictures()
