"""The example application: what the demo's repository holds."""

import sys
from pathlib import Path

_CHECKOUT = Path(__file__).parents[3] / "infra" / "example"
_INSTALLED = Path(sys.prefix) / "share" / "mayfly" / "example"


def example_files() -> dict[str, bytes]:
    """The example's files by their path, from the checkout or from where the package put them."""
    root = _CHECKOUT if _CHECKOUT.is_dir() else _INSTALLED
    found = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {str(path.relative_to(root)): path.read_bytes() for path in found}
