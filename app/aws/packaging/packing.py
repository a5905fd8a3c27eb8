"""`package`: one template and all that it names, made ready to deploy."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from app.aws.checkout import Checkout, CheckoutRefused
from app.aws.packaging import capabilities, code
from app.aws.packaging.artifact import Artifact, Shelf, template_of
from app.aws.packaging.loops import LOOP, Path, Resource, Unrolling, resources
from app.aws.packaging.places import (
    INCLUDE,
    METADATA_PLACES,
    PLACES,
    Kind,
    PackagingRefused,
    Slot,
    Target,
    is_local,
    slots,
    url,
)
from app.aws.template import MOST_BYTES, MOST_INLINE, Template, dump, load_template
from app.core.remark import Level, Remark

SAM = "AWS::Serverless::"
MOST_NESTED = 8  # templates within templates
MOST_TEMPLATES = 100


@dataclass(frozen=True)
class Packaged:
    """A template that no longer needs the repository.

    `body` is minified JSON, `template` the same as an artifact and `template_url` its address, for a body that is too
    large to send (`fits_inline`). `artifacts` are to be uploaded before it; nested templates are among them, `template`
    is not. `capabilities` is what CloudFormation will ask for as far as the templates tell, `resource_types` every type
    in them, nested ones included; `parameters`, `required_parameters` (without a default) and `outputs` are the outer
    template's names. `remote_templates` are the places that name a template elsewhere, which nobody here has read;
    `sources` are the others as they were written, the outer one first. `remarks` are for people. `outline` is equal for
    templates with the same resources by name and type, `tally` is how many of each type there are, nested ones and the
    roles that SAM makes included.
    """

    body: str
    template: Artifact
    template_url: str
    artifacts: tuple[Artifact, ...]
    capabilities: frozenset[str]
    parameters: tuple[str, ...]
    required_parameters: tuple[str, ...]
    outputs: tuple[str, ...]
    resource_types: frozenset[str]
    remote_templates: tuple[str, ...]
    sources: tuple[Template, ...]
    remarks: tuple[Remark, ...]
    outline: str
    tally: Counter[str]

    @property
    def fits_inline(self) -> bool:
        """Whether the body may be sent as it is: at most 51,200 bytes."""
        return len(self.body.encode()) <= MOST_INLINE


def package(checkout: Checkout, path: str, target: Target) -> Packaged:
    """The template at `path` with every local path replaced by where its content will be under `target`.

    Uploads nothing and zips nothing; the artifacts can be read while the checkout is open. Raises PackagingRefused, one
    line with the template's name and line, for paths that are missing or leave the repository, code that needs a build,
    and what is beyond CloudFormation's or Lambda's limits; TemplateRefused for a template that cannot be read.
    """
    packing = _Packing(checkout, target)
    try:
        return packing.package(path)
    except CheckoutRefused as error:
        raise PackagingRefused(f"The template cannot be read: {error}") from error


class _Packing:
    """What the templates of one `package` share: each file and each template is looked at once."""

    def __init__(self, checkout: Checkout, target: Target) -> None:
        self.checkout = checkout
        self.target = target
        self.shelf = Shelf(checkout, target.prefix)
        self._done: dict[str, Packaged] = {}
        self._trail: list[str] = []

    def package(self, path: str) -> Packaged:
        real = self.checkout.real_path(path)
        if not real.isprintable():
            raise CheckoutRefused(f"{real!r} is no name for a template; rename it")
        if real in self._trail:
            raise CheckoutRefused(f"{' > '.join([*self._trail, real])} goes round in a circle; break it")
        if len(self._trail) >= MOST_NESTED or len(self._done) >= MOST_TEMPLATES:
            raise CheckoutRefused(f"more than {MOST_NESTED} nested or {MOST_TEMPLATES} templates in all; use fewer")
        if real not in self._done:
            self._trail.append(real)
            template = load_template(self.checkout.read(real, most=2 * MOST_BYTES), real)
            self._done[real] = _Rewriting(self, template).packaged()
            self._trail.pop()
        return self._done[real]


class _Rewriting:
    """One template on its way."""

    def __init__(self, packing: _Packing, template: Template) -> None:
        self._packing = packing
        self._template = template
        # A copy without aliases: what is replaced in one place must not change another.
        self._document: dict[str, Any] = json.loads(dump(template.document))
        self._artifacts: dict[str, Artifact] = {}
        self._nested: dict[str, Packaged] = {}
        self._remote: list[str] = []
        self._remarks: list[Remark] = []

    def packaged(self) -> Packaged:
        found = self._resources()
        for resource in found:
            self._replace_in(resource)
        self._replace_elsewhere()
        body = dump(self._document)
        if len(body.encode()) > MOST_BYTES:
            raise PackagingRefused(f"{self._template.name} has more than {MOST_BYTES:,} bytes as JSON; split it")
        return self._result(body, found)

    def _result(self, body: str, found: list[Resource]) -> Packaged:
        target = self._packing.target
        template = template_of(body, target.prefix, self._template.name)
        parameters = _section(self._document, "Parameters")
        own = capabilities.needed(self._document, found)
        types = frozenset(resource.type for resource in found)
        return Packaged(
            body=body,
            template=template,
            template_url=url(target, template.key),
            artifacts=tuple(self._artifacts.values()),
            capabilities=own.union(*(child.capabilities for child in self._nested.values())),
            parameters=tuple(parameters),
            required_parameters=tuple(name for name in parameters if "Default" not in _section(parameters, name)),
            outputs=tuple(name for name in _section(self._document, "Outputs") if not name.startswith(LOOP)),
            resource_types=types.union(*(child.resource_types for child in self._nested.values())),
            remote_templates=tuple(dict.fromkeys(self._remote)),
            sources=tuple(self._sources()),
            remarks=tuple(dict.fromkeys(self._remarks)),
            outline=_outline(found),
            tally=self._tally(found),
        )

    def _resources(self) -> list[Resource]:
        entries = list(Unrolling(self._template).entries(self._document["Resources"]))
        self._document["Resources"] = {name: entry for name, entry, _ in entries}
        return [resource for name, entry, at in entries for resource in resources(entry, name, at)]

    def _replace_in(self, resource: Resource) -> None:
        properties = _section(resource.body, "Properties")
        found = list(slots(properties, PLACES.get(resource.type, ()), (*resource.at, "Properties")))
        if name := code.property_of(resource):
            inherited = self._inherited(resource)
            given = {**inherited, **properties}
            code.refuse_unbuilt_image(given, self._template.place(resource.at))
            if code.is_elsewhere(given):
                return
            code.refuse_absent(name, given, self._template.place(resource.at))
            self._check_built(given.get(name), resource, given, name)
        for slot in found:
            slot.holder[slot.key] = self._replaced(slot.holder[slot.key], slot)

    def _replace_elsewhere(self) -> None:
        found = list(_includes(self._document))
        for section, places in METADATA_PLACES.items():
            found += slots(_section(self._document, "Metadata").get(section), places, ("Metadata", section))
        for section, defaults in _section(self._document, "Globals").items():
            found += slots(defaults, PLACES.get(f"{SAM}{section}", ()), ("Globals", section))
        for slot in found:
            slot.holder[slot.key] = self._replaced(slot.holder[slot.key], slot)

    def _replaced(self, value: Any, slot: Slot) -> Any:
        match value:
            case {"Fn::If": [condition, yes, no]}:
                return {"Fn::If": [condition, self._replaced(yes, slot), self._replaced(no, slot)]}
            case str() if is_local(value):
                return self._reference(value, slot)
            case _:
                if slot.place.kind is Kind.TEMPLATE:
                    self._remote.append(self._template.place(slot.at))
                return value

    def _reference(self, value: str, slot: Slot) -> Any:
        where = self._template.place(slot.at)
        with _told(where):
            if slot.place.kind is Kind.TEMPLATE:
                artifact = self._child(self._path(value))
            else:
                artifact = self._content(value, slot.place.kind, where)
        self._artifacts.setdefault(artifact.key, artifact)
        return slot.place.form(self._packing.target, artifact.key)

    def _path(self, value: str) -> str:
        return value if value.startswith("/") else posixpath.join(posixpath.dirname(self._template.name), value)

    def _child(self, path: str) -> Artifact:
        child = self._packing.package(path)
        if child.template.key not in self._nested:
            self._nested[child.template.key] = child
            self._artifacts.update({artifact.key: artifact for artifact in child.artifacts})
            self._remote += child.remote_templates
            self._remarks += child.remarks
        return child.template

    def _content(self, value: str, kind: Kind, where: str) -> Artifact:
        artifact, size = self._packing.shelf.take(self._path(value), where, as_zip=kind is not Kind.FILE)
        if kind in code.KINDS:
            code.refuse_large(size, value, where)
        return artifact

    def _check_built(self, value: Any, resource: Resource, given: dict[str, Any], name: str) -> None:
        where = self._template.place((*resource.at, "Properties", name))
        for path in filter(is_local, _branches(value)):
            with _told(where):
                lack = code.unbuilt(self._packing.checkout, self._path(path), resource, given, where)
            if lack:
                self._remarks.append(self._template.remark(Level.WARNING, "unbuilt-code", lack, resource.at))

    def _tally(self, found: list[Resource]) -> Counter[str]:
        every = Counter(resource.type for resource in found)
        every["AWS::IAM::Role"] += sum(map(capabilities.makes_role, found))
        return sum((child.tally for child in self._nested.values()), every)

    def _sources(self) -> dict[Template, None]:
        children = (source for child in self._nested.values() for source in child.sources)
        return dict.fromkeys((self._template, *children))

    def _inherited(self, resource: Resource) -> dict[str, Any]:
        return _section(_section(self._document, "Globals"), resource.type.removeprefix(SAM))


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Say of what the checkout refuses which line of the template asked for it."""
    try:
        yield
    except CheckoutRefused as error:
        raise PackagingRefused(f"{where}: {error}") from error


def _outline(found: list[Resource]) -> str:
    names = sorted((str(resource.at[-1]), resource.type) for resource in found)
    return hashlib.sha256(dump(names).encode()).hexdigest()[:32]


def _section(document: dict[str, Any], name: str) -> dict[str, Any]:
    section = document.get(name)
    return section if isinstance(section, dict) else {}


def _branches(value: Any) -> Iterator[Any]:
    match value:
        case {"Fn::If": [_, yes, no]}:
            yield from _branches(yes)
            yield from _branches(no)
        case _:
            yield value


def _includes(node: Any, at: Path = ()) -> Iterator[Slot]:
    """The Location of every AWS::Include, whether among the template's own transforms or in the middle of it."""
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, part in parts:
        if key in ("Transform", "Fn::Transform"):
            for macro in part if isinstance(part, list) else [part]:
                if isinstance(macro, dict) and macro.get("Name") == "AWS::Include":
                    yield from slots(macro.get("Parameters"), (INCLUDE,), (*at, key))
        yield from _includes(part, (*at, key))
