"""The image: no Docker engine is needed to see that what the Dockerfile does gives a program that runs.

The wheel is built and installed with the Dockerfile's own commands, into an empty virtual environment.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from app.sandbox.demo.program import Program
from app.sandbox.demo.stage import free_port

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def run(*command: str | Path) -> str:
    """The command's output. Fails the test with what it said."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that the image would hold; its `bin`."""
    home = tmp_path_factory.mktemp("image")
    run(sys.executable, "-m", "venv", home / "opt")
    pip = home / "opt" / "bin" / "pip"
    run(pip, "install", "--quiet", "--require-hashes", "--requirement", "infra/lock/mayfly.txt")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", home, ".")
    wheel = next(home.glob("mayfly-*.whl"))
    run(pip, "install", "--quiet", "--no-deps", wheel)
    return home / "opt" / "bin"


def test_the_dockerfile_does_what_is_tested_here() -> None:
    for step in (
        "--require-hashes --requirement infra/lock/mayfly.txt",
        "pip wheel --no-deps --no-build-isolation",
        "pip install --no-cache-dir --no-deps /wheels/mayfly-*.whl",
        "USER 10001",
        "HEALTHCHECK",
        'ENTRYPOINT ["mayfly"]',
    ):
        assert step in DOCKERFILE


def test_the_program_says_what_it_can_do(installed: Path) -> None:
    said = run(installed / "mayfly", "--help")
    for command in ("serve", "web", "worker", "migrate", "check-config", "demo", "list", "show", "why", "schema"):
        assert command in said


def test_the_wheel_brings_the_example(installed: Path) -> None:
    found = run(
        installed / "python", "-I", "-c", "from app.sandbox.demo.example import example_files; print(*example_files())"
    )
    assert set(found.split()) >= {".mayfly.yml", "template.yaml", "src/orders.py"}


def test_the_program_starts_and_is_healthy(installed: Path, tmp_path: Path) -> None:
    settings = {
        "MAYFLY_DATABASE_URL": f"sqlite:///{tmp_path / 'mayfly.db'}",
        "MAYFLY_GITHUB__WEBHOOK_SECRETS": "a-secret-that-is-long-enough",
        "MAYFLY_GITHUB__TOKEN": "a-token",
        "MAYFLY_GITHUB__API_URL": f"http://127.0.0.1:{free_port()}",
        "AWS_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    command = [str(installed / "python"), "-I", "-m", "workers", "serve"]
    program = Program.start(settings, free_port(), tmp_path / "log", command=command)
    try:
        assert program.environments() == []
    finally:
        program.stop()
    assert "Traceback" not in (tmp_path / "log").read_text()
