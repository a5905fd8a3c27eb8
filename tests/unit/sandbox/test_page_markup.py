"""How the playground shows what Mayfly writes: GitHub's Markdown and Slack's markup."""

import pytest

from app.sandbox.page.markdown import markdown
from app.sandbox.page.mrkdwn import mrkdwn


@pytest.mark.parametrize("circle", ["🟢", "🔴", "🟡", "🟠", "⚪"])
def test_a_circle_is_drawn_by_the_page(circle: str) -> None:
    shown = markdown(f"### {circle} ready")
    assert circle not in shown
    assert 'class="dot ' in shown


def test_slack_names_the_same_circles() -> None:
    assert 'class="dot good"' in mrkdwn(":large_green_circle: *SHOP-42* is ready", {})


def test_an_address_in_angle_brackets_is_a_link() -> None:
    assert markdown("see <https://example.test/a?b=1&c=2>").count("<a ") == 1
    assert "&lt;" not in markdown("<https://example.test/>")


def test_an_address_in_angle_brackets_cannot_carry_markup() -> None:
    assert "<script" not in markdown("<https://example.test/<script>alert(1)</script>>")


@pytest.mark.parametrize("sign", list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"))
def test_an_escaped_sign_shows_as_itself(sign: str) -> None:
    import html

    assert html.unescape(markdown(f"a\\{sign}b")) == f"<p>a{sign}b</p>"
