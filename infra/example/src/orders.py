"""Orders: an HTTP API that keeps orders in a table, queues each for packing and tells everyone on an event bus."""

import base64
import json
import os
import uuid
from typing import Any

import boto3

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
QUEUE = boto3.client("sqs")
EVENTS = boto3.client("events")

MOST_SHOWN = 25


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one request: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    match event["routeKey"]:
        case "GET /":
            return answer(200, {"orders": TABLE.scan(Limit=MOST_SHOWN)["Items"]})
        case "POST /orders":
            return place(event)
        case route:
            return answer(404, {"error": f"nothing answers {route}; try GET / or POST /orders"})


def place(event: dict[str, Any]) -> dict[str, Any]:
    """Take an order: keep it, queue it, tell of it."""
    try:
        item = wanted(event)
    except ValueError as error:
        return answer(400, {"error": str(error)})
    order = {"id": uuid.uuid4().hex, "item": item}
    TABLE.put_item(Item=order)
    QUEUE.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(order))
    entry = {"Source": "orders", "DetailType": "OrderPlaced", "Detail": json.dumps(order)}
    EVENTS.put_events(Entries=[{**entry, "EventBusName": os.environ["BUS_NAME"]}])
    return answer(201, order)


def wanted(event: dict[str, Any]) -> str:
    """The item that the body names. Raises ValueError."""
    body = event.get("body") or ""
    text = base64.b64decode(body) if event.get("isBase64Encoded") else body
    try:
        order = json.loads(text)
    except ValueError:
        order = None
    item = order.get("item") if isinstance(order, dict) else None
    if not isinstance(item, str) or not item.strip():
        raise ValueError('the body is JSON with the item that is ordered: {"item": "tea"}')
    return item.strip()


def answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    """An answer in JSON."""
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
