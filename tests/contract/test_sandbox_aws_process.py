"""The AWS stand-in as a process: where it listens, how long it lives, what it leaves."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
import pytest

from app.sandbox.aws import AwsSandbox, AwsSandboxError
from app.sandbox.aws.process import ACCOUNT, REGION

TEMPLATE = '{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}'


def gone_within(seconds: float, address: str) -> bool:
    """Whether nobody answers at `address` any more."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urlopen(address, timeout=1).close()
        except OSError:
            return True
        time.sleep(0.02)
    return False


def listening(pid: int) -> list[tuple[str, int]]:
    """Every address and port that a process listens on, as the kernel tells it."""
    held = {str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir()}
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in held:
                address, port = fields[1].split(":")
                found.append((address, int(port, 16)))
    return found


def stack_names(sandbox: AwsSandbox, make: str | None = None) -> list[str]:
    """The stacks there are, after one more was made where named."""
    client: Callable[..., Any] = boto3.client
    keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "sandbox", "region_name": REGION}
    cloudformation = client("cloudformation", endpoint_url=sandbox.endpoint_url, **keys)
    if make:
        cloudformation.create_stack(StackName=make, TemplateBody=TEMPLATE)
        cloudformation.get_waiter("stack_create_complete").wait(StackName=make, WaiterConfig={"Delay": 0.05})
    names = [one["StackName"] for one in cloudformation.describe_stacks()["Stacks"]]
    cloudformation.close()
    return names


def test_it_listens_on_one_port_of_loopback() -> None:
    with AwsSandbox.start() as sandbox:
        port = int(sandbox.endpoint_url.rpartition(":")[2])
        assert listening(sandbox.pid) == [("0100007F", port)]
        assert sandbox.environment()["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{port}"


def test_it_ends_with_its_block_and_may_be_stopped_again() -> None:
    with AwsSandbox.start() as sandbox:
        pass
    assert gone_within(5, sandbox.endpoint_url)
    sandbox.stop()


def test_it_does_not_outlive_an_owner_that_is_killed() -> None:
    program = "from app.sandbox.aws import AwsSandbox; print(AwsSandbox.start().endpoint_url, flush=True); input()"
    command, home = [sys.executable, "-c", program], Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout
        address = f"{owner.stdout.readline().decode().strip()}/_sandbox/calls"
        urlopen(address, timeout=10).close()
        owner.send_signal(signal.SIGKILL)
    assert gone_within(10, address)


def test_kept_state_outlives_the_process(tmp_path: Path) -> None:
    with AwsSandbox.start(create_seconds=0, state=tmp_path) as first:
        assert stack_names(first, make="kept") == ["kept"]
    with AwsSandbox.start(state=tmp_path) as second:
        assert stack_names(second) == ["kept"]


def test_a_start_that_fails_says_why_in_one_line(tmp_path: Path) -> None:
    occupied = tmp_path / "occupied"
    occupied.touch()
    with pytest.raises(AwsSandboxError, match=r"^the AWS stand-in did not start: FileExistsError.*occupied") as failed:
        AwsSandbox.start(state=occupied)
    assert "\n" not in str(failed.value)
