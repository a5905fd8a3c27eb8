"""Socket Mode: clicks and commands by a connection that we open, for a server that Slack cannot reach.

Slack sends envelopes; each is acknowledged by its id, and only once it was kept, since one that was acknowledged never
comes again. Several connections share the envelopes, each goes to one of them, and one that was under way while a
connection ended may come twice. Source: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import json
import threading
from collections.abc import Callable
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from app.slack.gestures import Click, Command, MalformedGesture, read_click, read_command

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
TIMEOUT_SECONDS = 10

Keeper = Callable[[str, Click | Command], None]
"""Keeps what an envelope, named by its id, brought. Whatever it raises, the envelope is not acknowledged."""

log = structlog.get_logger()


class SocketMode:
    """The connection, from `start` to `stop`. Slack out of reach delays nothing: it is tried again until it answers."""

    def __init__(self, app_token: str, api_url: str, keep: Keeper) -> None:
        self._api_url = api_url
        self._keep = keep
        self._stopping = threading.Event()
        web = WebClient(base_url=f"{api_url.rstrip('/')}/", timeout=TIMEOUT_SECONDS, retry_handlers=[])
        self._client = SocketModeClient(app_token=app_token, web_client=web)
        self._client.socket_mode_request_listeners.append(self._take)
        self._opener = threading.Thread(target=self._open, name="slack-socket", daemon=True)

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._opener.start()

    def stop(self) -> None:
        """End the connection; what was not acknowledged goes to another one."""
        self._stopping.set()
        self._client.close()
        self._opener.join(TIMEOUT_SECONDS)

    def _open(self) -> None:
        """Connect for the first time; from then on the client renews the connection itself."""
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                self._client.connect()
            except Exception as fault:  # noqa: BLE001 - whatever keeps Slack away, it is tried again
                log.warning("Slack's socket could not be opened", reason=_told(fault), again_in=pause)
                self._stopping.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            else:
                log.info("Slack's socket is open")
                return

    def _take(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        """Keep one envelope, then acknowledge it. One that holds nothing for us is acknowledged and forgotten."""
        try:
            gesture = self._read(request)
            if gesture is not None:
                self._keep(request.envelope_id, gesture)
        except MalformedGesture as malformed:
            log.warning("an envelope of Slack's was refused", reason=str(malformed))
        except Exception as fault:  # noqa: BLE001 - not kept, so not acknowledged: whoever clicked is told so by Slack
            log.warning("an envelope of Slack's could not be kept", reason=type(fault).__name__)
            return
        client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))

    def _read(self, request: SocketModeRequest) -> Click | Command | None:
        payload: Any = request.payload
        if request.type == "interactive":
            return read_click(json.dumps(payload), self._api_url)
        if request.type == "slash_commands" and isinstance(payload, dict):
            return read_command({name: str(value) for name, value in payload.items()}, self._api_url)
        return None


def _told(fault: Exception) -> str:
    """Why, without an address: those that Slack gives for a socket hold a ticket."""
    response = getattr(fault, "response", None)
    code = response.get("error") if response is not None and hasattr(response, "get") else None
    return str(code or type(fault).__name__)
