"""CloudFormation that answers DescribeStacks and nothing else, from a script, a hundred stacks a page."""

import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs

from tests.builders import REGION, a_stack_id

PAGE = 100
_STACK = (
    "<member><StackId>{id}</StackId><StackName>{name}</StackName><StackStatus>CREATE_COMPLETE</StackStatus>"
    "<CreationTime>2026-03-02T10:00:00Z</CreationTime>"
    "<Tags><member><Key>mayfly:managed</Key><Value>{installation}</Value></member></Tags></member>"
)
_ANSWER = (
    '<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult>'
    "<Stacks>{stacks}</Stacks>{token}</DescribeStacksResult></DescribeStacksResponse>"
)


class PagedStacks:
    """The server, for the time of its block; `names` are the stacks that stand, `calls` the pages it was asked for."""

    def __init__(self, installation: str) -> None:
        self.names: Sequence[str] = ()
        self.calls = 0
        self._installation = installation
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_door())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="paged stacks")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def environment(self) -> dict[str, str]:
        """What boto3 needs to come here."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._server.server_address[1]}",
            "AWS_ACCESS_KEY_ID": "111122223333",
            "AWS_SECRET_ACCESS_KEY": "scripted",
            "AWS_REGION": REGION,
        }

    def answer(self, question: str) -> bytes:
        """One page."""
        self.calls += 1
        begin = int(parse_qs(question).get("NextToken", ["0"])[0])
        end = begin + PAGE
        token = f"<NextToken>{end}</NextToken>" if end < len(self.names) else ""
        page = [
            _STACK.format(id=a_stack_id(name), name=name, installation=self._installation)
            for name in self.names[begin:end]
        ]
        return _ANSWER.format(stacks="".join(page), token=token).encode()

    def _make_door(self) -> type[BaseHTTPRequestHandler]:
        script = self

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                question = self.rfile.read(int(self.headers["Content-Length"])).decode()
                body = script.answer(question)
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is given
                """Say nothing."""

        return Door
