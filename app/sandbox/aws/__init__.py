"""AWS on this machine: a stand-in that takes its time and fails on demand.

    home.py         the environment that the emulator lives in, apart from ours
    __main__.py     `python -m app.sandbox.aws` builds it and prints where it is
    requirements.txt   the one place where the emulator and all it needs are pinned, by hash
    process.py      AwsSandbox: one emulator in a process of its own, for as long as its owner lives
    control.py      AwsControl: timings, failures, faults and the log of calls, over HTTP
    server/         what runs in that process; it imports nothing of ours

The emulator is ministack (MIT). Alone it answers at once and never falters; `server` gives it the two things that
programs are wrong about: time between a request and its result, and errors.
"""

from app.sandbox.aws.control import AwsCall, AwsControl
from app.sandbox.aws.process import AwsSandbox, AwsSandboxError

__all__ = ["AwsCall", "AwsControl", "AwsSandbox", "AwsSandboxError"]
