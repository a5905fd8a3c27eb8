"""Buttons: what people may ask for with one click. A button carries the environment's name and no right: who clicked is
asked about when the order is carried out."""

from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ConfirmObject, PlainTextObject

from app.core.announcement import Offer
from app.slack.mrkdwn import mrkdwn

PREFIX = "mayfly:"
CONFIRM_RESYNC = f"{PREFIX}confirm-resync"
_LABELS = {
    Offer.EXTEND: "Extend",
    Offer.KEEP: "Keep",
    Offer.REDEPLOY: "Redeploy",
    Offer.DESTROY: "Destroy",
    Offer.WHY: "Why?",
}


def offer_buttons(environment: str, offers: Sequence[Offer]) -> Iterator[Block]:
    """One row of buttons; nothing where nothing is offered."""
    if offers:
        yield ActionsBlock(elements=[_button(environment, offer) for offer in offers])


def confirm_resync_button() -> Block:
    """The button by which somebody answers for a round that would take away more than resync dares to."""
    return ActionsBlock(
        elements=[
            ButtonElement(
                text="Let them go",
                action_id=CONFIRM_RESYNC,
                value="resync",
                style="danger",
                confirm=_question("Let them go?", "Every environment named above is destroyed.", "Let them go"),
            )
        ]
    )


def _button(environment: str, offer: Offer) -> ButtonElement:
    is_final = offer is Offer.DESTROY
    return ButtonElement(
        text=_LABELS[offer],
        action_id=f"{PREFIX}{offer.value}",
        value=environment,
        style="danger" if is_final else None,
        confirm=_destroying(environment) if is_final else None,
    )


def _destroying(environment: str) -> ConfirmObject:
    lasting = "Its stacks and everything in them are deleted. It stays away until somebody deploys it again."
    return _question("Destroy it?", f"*{environment}*: {lasting}", "Destroy")


def _question(title: str, text: str, yes: str) -> ConfirmObject:
    return ConfirmObject(
        title=PlainTextObject(text=title),
        text=mrkdwn(text),
        confirm=PlainTextObject(text=yes),
        deny=PlainTextObject(text="Leave it"),
        style="danger",
    )
