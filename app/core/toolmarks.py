"""Toolmarks: by what test tools leave behind they can be told.

| tool | leaves, after Ctrl-C | told by |
|---|---|---|
| sls-test-tools | a rule on the bus under test, a queue behind it | `test-<bus>-rule`, `<bus>-testing-queue` |
| AWS IATK | a rule and a queue | tags `iatk:TestHarness:...` |

The rule takes every event of the account. The queue is written to for ever, so messages sent are no use of it, and the
rule keeps its bus from being deleted.
"""

from collections.abc import Mapping

SLS_TEST_TOOLS = "sls-test-tools"
AWS_IATK = "AWS IATK"
_QUEUE = "-testing-queue"


def is_left_by_tool(rule: str, bus: str) -> bool:
    """Whether a rule's name is the one that sls-test-tools makes on a bus."""
    return rule == f"test-{bus}-rule"


def bus_of_queue(queue: str) -> str | None:
    """The bus for which sls-test-tools would have made a queue of this name; None for another name."""
    bus = queue.removesuffix(_QUEUE)
    return bus if bus and bus != queue else None


def maker_by_tags(tags: Mapping[str, str]) -> str | None:
    """The tool that a resource's tags name."""
    return AWS_IATK if any(key.startswith("iatk:TestHarness:") for key in tags) else None
