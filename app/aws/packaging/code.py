"""What the code of a function or layer must fulfil before it is packaged: it is named, it is built, it is small enough.

Other tools package the template's whole directory where no code is named, and leave it to the first call to find out
that packages are missing. Here both are refused with the resource's line.
"""

from __future__ import annotations

from typing import Any

from app.aws.checkout import Checkout
from app.aws.packaging.builds import missing_build
from app.aws.packaging.loops import Resource
from app.aws.packaging.places import PLACES, Kind, PackagingRefused

MOST_UNPACKED = 262_144_000  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (250 MB unzipped)
KINDS = (Kind.CODE, Kind.LAYER)
INSTEAD = frozenset({"InlineCode", "ImageUri"})


def property_of(resource: Resource) -> str | None:
    """The property that names the code, for types that have code."""
    place = next(iter(PLACES.get(resource.type, ())), None)
    return place.steps[0] if place and place.kind in KINDS else None


def is_elsewhere(given: dict[str, Any]) -> bool:
    """Whether the code is in the template itself or in an image."""
    return bool(INSTEAD & given.keys()) or given.get("PackageType") == "Image"


def refuse_unbuilt_image(given: dict[str, Any], where: str) -> None:
    """Refuse a function that is an image and names none: SAM would build one, which is never done here."""
    if given.get("PackageType") == "Image" and not {"ImageUri", "Code", "Fn::Transform"} & given.keys():
        raise PackagingRefused(
            f"{where} is an image that would have to be built, and Mayfly builds nothing; "
            "push the image to ECR and set ImageUri to its address"
        )


def refuse_absent(name: str, given: dict[str, Any], where: str) -> None:
    """Refuse a resource that names no code, unless an included snippet may do so."""
    if name not in given and "Fn::Transform" not in given:
        raise PackagingRefused(
            f"{where} names no code; set {name} to a path in the repository (or InlineCode, ImageUri)"
        )


def refuse_large(size: int, path: str, where: str) -> None:
    """Refuse more than Lambda unpacks; `size` is in bytes."""
    if size > MOST_UNPACKED:
        raise PackagingRefused(
            f"{where}: {path!r} has {size:,} bytes and Lambda takes {MOST_UNPACKED:,}; leave out what it can spare"
        )


def unbuilt(checkout: Checkout, path: str, resource: Resource, given: dict[str, Any], where: str) -> str | None:
    """A sentence where the code at `path` lacks what only the function's layers can bring.

    Raises PackagingRefused where nothing can. `given` is the resource's properties with Globals beneath. The
    resource's `Metadata: {SkipBuild: true}`, SAM's own word, says that the code runs as it stands.
    """
    metadata = resource.body.get("Metadata")
    said = metadata if isinstance(metadata, dict) else {}
    if said.get("SkipBuild") in (True, "true") or not checkout.is_dir(path):
        return None
    lack = _lack(checkout, path, resource, said.get("BuildMethod"), given.get("Runtime"))
    if lack and given.get("Layers"):
        return f"{lack}; it has to come from the layers."
    if lack:
        raise PackagingRefused(
            f"{where}: {lack}, and Mayfly builds nothing; commit the code built, name a built zip (s3://...), or set "
            "Metadata SkipBuild: true if it runs as it stands"
        )
    return None


def _lack(checkout: Checkout, path: str, resource: Resource, method: Any, runtime: Any) -> str | None:
    if method:
        return f"Metadata BuildMethod {method!r} asks for a build"
    if PLACES[resource.type][0].kind is Kind.LAYER:
        return None  # its folders are the layer, whatever else lies beside them
    return missing_build(checkout, path, runtime if isinstance(runtime, str) else "")
