"""Whether a function's code would have to be built before it runs.

Mayfly builds nothing: a build runs what a pull request says, on the machine that holds the credentials. So code that
plainly lacks its packages is refused here, with a sentence, rather than deployed to fail at its first call. What Lambda
carries itself needs no build:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html and .../lambda-nodejs.html (SDK in the runtime)
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator

from app.aws.checkout import Checkout

IN_PYTHON = frozenset({"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"})
IN_NODE = ("@aws-sdk/", "@smithy/", "@aws-crypto/")

# runtime, the files that tell of a build, and what is beside them once it was made (nothing: it is always needed)
COMPILED = (
    ("ruby", ("Gemfile",), "vendor"),
    ("java", ("pom.xml", "build.gradle", "build.gradle.kts"), ""),
    ("dotnet", (".csproj", ".fsproj"), ""),
    ("provided", ("go.mod", "Cargo.toml"), "bootstrap"),
)
_NAME = re.compile(r"([A-Za-z0-9][\w.-]*)(?=\s*(?:$|[\[(=<>!~@]))")
_MOST_FILES = 20  # requirements files that include one another


def missing_build(checkout: Checkout, directory: str, runtime: str) -> str | None:
    """What the code in `directory` lacks, as the beginning of a sentence; None where it can run as it stands.

    `runtime` is Lambda's (`python3.12`), "" where it is not known; then Python and Node.js are considered.
    """
    checks = (_python, _node, _compiled)
    return next((lack for check in checks if (lack := check(checkout, directory, runtime))), None)


def _python(checkout: Checkout, directory: str, runtime: str) -> str | None:
    if runtime and not runtime.startswith("python"):
        return None
    beside = {_vendored(name) for name in checkout.names(directory)}
    for requirement in _requirements(checkout, posixpath.join(directory, "requirements.txt"), set()):
        name = _folded(requirement)
        if name not in IN_PYTHON and name not in beside:
            return f"requirements.txt asks for {requirement}, which is not beside the code"
    return None


def _requirements(checkout: Checkout, path: str, seen: set[str]) -> Iterator[str]:
    """The names asked for without condition; of a line with a marker nobody knows here whether it counts."""
    if path in seen or len(seen) >= _MOST_FILES or not checkout.exists(path) or checkout.is_dir(path):
        return
    seen.add(path)
    for line in checkout.read(path).decode(errors="replace").replace("\\\n", " ").splitlines():
        text = re.sub(r"(^|\s)#.*", "", line).strip()
        if include := re.match(r"(?:-r|--requirement)[\s=]*(\S+)", text):
            yield from _requirements(checkout, posixpath.join(posixpath.dirname(path), include[1]), seen)
        elif ";" not in text and (name := _NAME.match(text)):
            yield name[0]


def _folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _vendored(name: str) -> str:
    """The package that a name in the directory stands for: `PyYAML-6.0.dist-info`, `yaml`, `six.py`."""
    stem = re.sub(r"-[^-]+\.(dist|egg)-info$", "", name)
    return _folded(stem.removesuffix(".py"))


def _node(checkout: Checkout, directory: str, runtime: str) -> str | None:
    names = checkout.names(directory)
    if (runtime and not runtime.startswith("nodejs")) or "package.json" not in names or "node_modules" in names:
        return None
    try:
        manifest = json.loads(checkout.read(posixpath.join(directory, "package.json")))
    except (ValueError, RecursionError):
        return "package.json is not JSON"
    dependencies = manifest.get("dependencies") if isinstance(manifest, dict) else None
    lacking = [name for name in dependencies if not name.startswith(IN_NODE)] if isinstance(dependencies, dict) else []
    return f"package.json asks for {lacking[0]!r}, and there is no node_modules" if lacking else None


def _compiled(checkout: Checkout, directory: str, runtime: str) -> str | None:
    names = checkout.names(directory)
    for language, signs, product in COMPILED:
        sign = next((name for name in sorted(names) if name.endswith(signs)), None)
        if sign and runtime.startswith(language) and product not in names:
            return f"{sign!r} tells of a build" + (f", and there is no {product}" if product else "")
    return None
