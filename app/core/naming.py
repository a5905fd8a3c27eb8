"""Names of environments and stacks: found by the number people know, never relied upon for ownership.

CloudFormation takes `[A-Za-z][-A-Za-z0-9]{0,127}` as a stack's name
(https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html). Whatever does not fit is
folded, and a short hash is added exactly where folding or cutting lost something, so that two different texts never
meet on one name.
"""

import hashlib
import re
import unicodedata

LONGEST_NAME = 128
"""Characters in the name of a stack, by CloudFormation's rule."""

LONGEST_ENVIRONMENT = 80
"""Characters in the name of an environment: leaves room for `-<stack>` behind it."""

_LEGAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_FOREIGN = re.compile(r"[^A-Za-z0-9-]+")


def fold(text: str, longest: int = LONGEST_ENVIRONMENT) -> str:
    """`text` in letters, digits and hyphens, at most `longest` characters, with a hash where something was lost."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    if _LEGAL.fullmatch(text) and len(text) <= longest:
        return text
    folded = re.sub(r"-{2,}", "-", _FOREIGN.sub("-", ascii_text)).strip("-")
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{folded[: longest - 7].rstrip('-')}-{mark}".lstrip("-")


def name_for_ticket(ticket: str) -> str:
    """`SHOP-42` stays as written; `#57` and `57` become `ticket-57`, since a name begins with a letter."""
    number = ticket.removeprefix("#")
    name = fold(number if number.isdecimal() else ticket)
    return name if name[0].isalpha() else f"ticket-{name}"


def name_for_pull_request(repository: str, number: int) -> str:
    """`shop-pr-57`: the name of an environment whose pull request names no ticket."""
    return f"{_repository_part(repository)}-pr-{number}"


def name_for_branch(repository: str, branch: str) -> str:
    """`shop-main`: the name of an environment of a branch without ticket and pull request."""
    return fold(f"{_repository_part(repository)}-{branch}")


def name_for_second(name: str, repository: str, number: int | None, *, same_repository: bool) -> str:
    """The name of the second environment of one ticket: `SHOP-42-pr57`, or `SHOP-42-<repository>` from elsewhere."""
    if same_repository and number is not None:
        return fold(f"{name}-pr{number}")
    return fold(f"{name}-{_repository_part(repository)}")


def stack_name(environment: str, stack: str, *, alone: bool) -> str:
    """The environment's own name where it has one stack, `SHOP-42-<stack>` where it has several."""
    if alone:
        return environment
    return fold(f"{environment}-{stack}", LONGEST_NAME)


def _repository_part(repository: str) -> str:
    part = fold(repository.rpartition("/")[2], 40)
    return part if part[:1].isalpha() else f"repo-{part}"
