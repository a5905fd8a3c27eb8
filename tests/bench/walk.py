"""The walk of one pull request: how long each step takes, and what it asks of AWS, GitHub and Slack.

The stand-ins give a stack 2 s to be created, 1.5 s to be updated and 1 s to be deleted; what a step takes beyond is
Mayfly's own.
"""

import sys
from collections import Counter

from app.sandbox.demo.stage import Stage
from app.sandbox.demo.story import Story


def measure() -> None:
    """Play the story and count."""
    write("The walk of one pull request (stacks take 2.0 / 1.5 / 1.0 s)")
    with Stage() as stage:
        Story(stage, write).play()
        calls = Counter(f"{call.service} {call.action}" for call in stage.aws.control.calls())
        write("  AWS, the story's own looks included: " + tell(calls))
        write("  GitHub: " + tell(Counter(request.method for request in stage.github.requests)))
        write("  Slack: " + tell(Counter(call.method for call in stage.slack.requests)))


def tell(counted: Counter[str]) -> str:
    """Counts as a line, the most frequent first."""
    return ", ".join(f"{number} {name}" for name, number in counted.most_common())


def write(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
