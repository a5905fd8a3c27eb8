"""What Slack refuses in a message.

Each block is read by the SDK's own models, which know most sizes and what is required; whatever the models do not give
back as it was sent (an unknown property or element, an empty text, a text that is no text object) is refused as well.
The rest is stated here. Sources: https://docs.slack.dev/reference/block-kit/blocks and the method pages of
chat.postMessage and chat.update.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from app.sandbox.slack.records import Content, Json, SlackError

MOST_BLOCKS = 50
MOST_ATTACHMENTS = 100
TEXT_CUT = 40_000
"""Characters of `text` that a new message keeps; Slack cuts the rest off and warns."""
UPDATE_BYTES = 4_000
"""UTF-8 bytes of `text` that chat.update takes."""
FIELD_LENGTH = 2_000
TOTAL_LENGTH = 13_200
BLOCK_COST = 50
"""All texts of a message's blocks together, with something for each block. Slack documents neither number: both fit
what has been measured against it (slackapi/bolt-js#2509 and #2867)."""
METADATA_BYTES = 16_000
"""A careful bound: Slack refuses large metadata without naming a size."""

_PLAIN = {"header": "text", "button": "text"}


def check(content: Content) -> None:
    """Raises SlackError for a message that Slack would refuse."""
    if not (content.text or content.blocks or content.attachments):
        raise SlackError("no_text")
    if len(content.attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    if content.metadata is not None:
        _check_metadata(content.metadata)
    check_blocks(content.blocks)


def check_update(text: str) -> None:
    """Raises SlackError `msg_too_long`; an update takes far less text than a new message does."""
    if len(text.encode()) > UPDATE_BYTES:
        raise SlackError("msg_too_long")


def check_blocks(blocks: Sequence[Any]) -> None:
    """Raises SlackError `invalid_blocks`, saying all that is wrong and where, or `msg_blocks_too_long`."""
    if len(blocks) > MOST_BLOCKS:
        raise SlackError("invalid_blocks", f"[ERROR] no more than {MOST_BLOCKS} items allowed [json-pointer:/blocks]")
    faults = [f"[ERROR] {fault}" for place, block in enumerate(blocks) for fault in _faults(block, f"/blocks/{place}")]
    faults += [f"[ERROR] block_id {name!r} is used twice [json-pointer:/blocks]" for name in _twice(blocks, "block_id")]
    if faults:
        raise SlackError("invalid_blocks", *faults)
    if sum(BLOCK_COST + sum(map(len, _texts(block))) for block in blocks) > TOTAL_LENGTH:
        raise SlackError("msg_blocks_too_long")


def _check_metadata(metadata: Json) -> None:
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format", "[ERROR] metadata needs event_type and event_payload")
    if len(json.dumps(metadata).encode()) > METADATA_BYTES:
        raise SlackError("metadata_too_large")


def _faults(block: Any, pointer: str) -> Iterator[str]:
    try:
        model = Block.parse(deepcopy(block))
        if model is None:
            yield f"unsupported type: {_kind(block)} [json-pointer:{pointer}/type]"
            return
        known = model.to_dict()
    except SlackObjectFormationError as error:
        yield f"{error} [json-pointer:{pointer}]"
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        yield f"malformed block: {error} [json-pointer:{pointer}]"
    else:
        yield from _unknown(block, known, pointer)
        yield from _unspoken(block, pointer)


def _unknown(sent: Any, known: Any, pointer: str) -> Iterator[str]:
    """What of the sent JSON the models did not give back."""
    if isinstance(sent, dict) and isinstance(known, dict):
        for key, value in sent.items():
            if key in known:
                yield from _unknown(value, known[key], f"{pointer}/{key}")
            else:
                yield f"must not be empty or unknown: {key} [json-pointer:{pointer}/{key}]"
    elif isinstance(sent, list) and isinstance(known, list) and len(sent) == len(known):
        for place, (one, other) in enumerate(zip(sent, known, strict=True)):
            yield from _unknown(one, other, f"{pointer}/{place}")
    elif sent != known:
        yield f"invalid value [json-pointer:{pointer}]"


def _unspoken(block: Json, pointer: str) -> Iterator[str]:
    """Rules that the models know nothing of."""
    for place, field in enumerate(block.get("fields", ())):
        if len(field["text"]) > FIELD_LENGTH:
            yield f"must be less than {FIELD_LENGTH + 1} characters [json-pointer:{pointer}/fields/{place}/text]"
    elements = block.get("elements", [])
    if block["type"] in {"actions", "context"} and not elements:
        yield f"must have at least one element [json-pointer:{pointer}/elements]"
    for one in [block, block.get("accessory", {}), *elements]:
        name = _PLAIN.get(_kind(one))
        if name and one[name]["type"] != "plain_text":
            yield f"must be plain_text [json-pointer:{pointer}]"
    for action in _twice(elements, "action_id"):
        yield f"action_id {action!r} is used twice [json-pointer:{pointer}/elements]"


def _twice(items: Sequence[Any], key: str) -> list[str]:
    names = Counter(item[key] for item in items if isinstance(item, dict) and isinstance(item.get(key), str))
    return [name for name, times in names.items() if times > 1]


def _kind(item: Any) -> str:
    return str(item.get("type")) if isinstance(item, dict) else type(item).__name__


def _texts(item: Any) -> Iterator[str]:
    """Every `text` that is a string, however deep."""
    if isinstance(item, dict):
        for key, value in item.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(item, list | tuple):
        for value in item:
            yield from _texts(value)
