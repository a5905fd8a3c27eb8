"""The description of the answers: which there are, in which shape, with an example of each."""

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from app.web.api.examples import EXAMPLES, PROBLEMS
from app.web.api.problem import MEDIA_TYPE
from app.web.api.shapes import ProblemShape

ETAG = {"ETag": {"description": "Names this content, for `If-None-Match`.", "schema": {"type": "string"}}}
LINK = {"Link": {"description": 'The next page, `rel="next"`, if there is one.', "schema": {"type": "string"}}}
ALWAYS = (401, 429, 503)
"""What any path may answer."""


def described(shape: type[BaseModel], problems: tuple[int, ...]) -> dict[int | str, dict[str, Any]]:
    """The answers of a path that tells in this shape, by their status."""
    return {
        200: {
            "model": shape,
            "content": {"application/json": {"example": EXAMPLES[shape]}},
            "description": (shape.__doc__ or "").strip(),
            "headers": ETAG | LINK,
        },
        304: {"description": "Nothing changed since what `If-None-Match` names.", "headers": ETAG},
        **{status: _problem(status) for status in (*problems, *ALWAYS)},
    }


def _problem(status: int) -> dict[str, Any]:
    phrase = HTTPStatus(status).phrase
    example = {"type": "about:blank", "title": phrase, "status": status, "detail": PROBLEMS[status]}
    told = {**example, "instance": "/api/v1/environments/SHOP-42"}
    content = {MEDIA_TYPE: {"schema": ProblemShape.model_json_schema(), "example": told}}
    return {"description": f"{phrase}.", "content": content}
