"""The demo as a command: sets the stage, plays the story, and stays up for whoever wants to play on."""

import sys
import threading
import time
from signal import SIGINT, SIGTERM, signal

from app.sandbox.demo.stage import Stage
from app.sandbox.demo.story import Story


def play_demo(*, once: bool) -> None:
    """Play the story; unless `once`, stay up until the process is asked to stop. Raises StepFailed."""
    stop = threading.Event()
    for number in (SIGINT, SIGTERM):
        signal(number, lambda *_: stop.set())
    begun = time.monotonic()
    _tell("Setting up AWS, GitHub and Slack on this machine ...")
    with Stage() as stage:
        _tell(f"Ready after {time.monotonic() - begun:.1f} s. The story of one pull request:")
        Story(stage, _tell).play()
        _tell(f"All of it took {time.monotonic() - begun:.1f} s.")
        if not once:
            _tell_addresses(stage)
            stop.wait()


def _tell_addresses(stage: Stage) -> None:
    _tell("")
    _tell(f"Play on:  {stage.page.url}  (the pull requests and the Slack channel, side by side)")
    _tell(f"Mayfly:   {stage.program.url}/api/v1/environments?all=true")
    _tell(f"AWS:      {stage.aws.endpoint_url}")
    _tell(f"GitHub:   {stage.github.api_url}")
    _tell(f"Slack:    {stage.slack.api_url}")
    _tell("Ctrl-C ends everything.")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
