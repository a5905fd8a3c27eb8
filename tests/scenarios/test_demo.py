"""`mayfly demo --once`: what a newcomer runs first."""

import re
import subprocess
import sys


def test_the_demo_plays_the_story_and_exits() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workers", "demo", "--once"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    steps = re.findall(r"^  (\d)\. .+ \(\d+\.\d s\)$", done.stdout, re.MULTILINE)
    assert steps == ["1", "2", "3", "4", "5", "6"]
    assert '"item": "tea"' in done.stdout
