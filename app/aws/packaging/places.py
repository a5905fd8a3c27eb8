"""Which property of which resource type names local files, and what stands there once they are in a bucket.

The pairs are those that `aws cloudformation package` and `sam package` know:
https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-cli-command-reference-sam-package.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from app.core.errors import PermanentError


class PackagingRefused(PermanentError):
    """The template names files that cannot be packaged."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where artifacts will be: `prefix` begins every key (`shop/`), `endpoint` is S3's address in the bucket's region
    without a slash at its end (`https://s3.eu-west-1.amazonaws.com`)."""

    bucket: str
    prefix: str
    endpoint: str


Form = Callable[[Target, str], Any]


def uri(target: Target, key: str) -> str:
    """`s3://bucket/key`."""
    return f"s3://{target.bucket}/{key}"


def url(target: Target, key: str) -> str:
    """The path-style address, which CloudFormation takes for templates."""
    return f"{target.endpoint}/{target.bucket}/{key}"


def lambda_names(target: Target, key: str) -> dict[str, str]:
    """What Lambda and Elastic Beanstalk call bucket and key."""
    return {"S3Bucket": target.bucket, "S3Key": key}


def plain_names(target: Target, key: str) -> dict[str, str]:
    """What everybody else calls them."""
    return {"Bucket": target.bucket, "Key": key}


class Kind(Enum):
    """What is made of the files."""

    CODE = "a zip for a Lambda function"
    LAYER = "a zip for a Lambda layer"
    BUNDLE = "a zip"
    FILE = "one file as it is"
    TEMPLATE = "a template, packaged itself"


@dataclass(frozen=True, slots=True)
class Place:
    """A property that may name local files: `steps` below Properties, where `*` stands for any key."""

    steps: tuple[str, ...]
    kind: Kind
    form: Form


def _place(path: str, kind: Kind, form: Form) -> Place:
    return Place(tuple(path.split(".")), kind, form)


_FUNCTION = (_place("CodeUri", Kind.CODE, uri),)
_API = (_place("DefinitionUri", Kind.FILE, uri),)
_REST = (_place("BodyS3Location", Kind.FILE, plain_names),)
_RESOLVER = tuple(
    _place(name, Kind.FILE, uri)
    for name in ("RequestMappingTemplateS3Location", "ResponseMappingTemplateS3Location", "CodeS3Location")
)
_NESTED = (_place("TemplateURL", Kind.TEMPLATE, url),)

PLACES: dict[str, tuple[Place, ...]] = {
    "AWS::ApiGateway::RestApi": _REST,
    "AWS::ApiGatewayV2::Api": _REST,
    "AWS::AppSync::FunctionConfiguration": _RESOLVER,
    "AWS::AppSync::GraphQLSchema": (_place("DefinitionS3Location", Kind.FILE, uri),),
    "AWS::AppSync::Resolver": _RESOLVER,
    "AWS::CloudFormation::ModuleVersion": (_place("ModulePackage", Kind.BUNDLE, uri),),
    "AWS::CloudFormation::ResourceVersion": (_place("SchemaHandlerPackage", Kind.BUNDLE, uri),),
    "AWS::CloudFormation::Stack": _NESTED,
    "AWS::CloudFormation::StackSet": _NESTED,
    "AWS::CodeCommit::Repository": (_place("Code.S3", Kind.BUNDLE, plain_names),),
    "AWS::ElasticBeanstalk::ApplicationVersion": (_place("SourceBundle", Kind.BUNDLE, lambda_names),),
    "AWS::Glue::Job": (_place("Command.ScriptLocation", Kind.FILE, uri),),
    "AWS::Lambda::Function": (_place("Code", Kind.CODE, lambda_names),),
    "AWS::Lambda::LayerVersion": (_place("Content", Kind.LAYER, lambda_names),),
    "AWS::Serverless::Api": _API,
    "AWS::Serverless::Application": (_place("Location", Kind.TEMPLATE, url),),
    "AWS::Serverless::Function": _FUNCTION,
    "AWS::Serverless::GraphQLApi": (
        _place("SchemaUri", Kind.FILE, uri),
        _place("CodeUri", Kind.FILE, uri),
        _place("Functions.*.CodeUri", Kind.FILE, uri),
        _place("Resolvers.*.*.CodeUri", Kind.FILE, uri),
    ),
    "AWS::Serverless::HttpApi": _API,
    "AWS::Serverless::LayerVersion": (_place("ContentUri", Kind.LAYER, uri),),
    "AWS::Serverless::StateMachine": (_place("DefinitionUri", Kind.FILE, plain_names),),
    "AWS::Serverless::WebFunction": _FUNCTION,
    "AWS::StepFunctions::StateMachine": (_place("DefinitionS3Location", Kind.FILE, plain_names),),
}

# The template's own Metadata, by section
METADATA_PLACES: dict[str, tuple[Place, ...]] = {
    "AWS::ServerlessRepo::Application": (
        _place("LicenseUrl", Kind.FILE, uri),
        _place("ReadmeUrl", Kind.FILE, uri),
    ),
}

INCLUDE = _place("Location", Kind.FILE, uri)  # the parameter of the macro AWS::Include

ELSEWHERE = ("://", "{{resolve:")


@dataclass(frozen=True, slots=True)
class Slot:
    """One property in one document: `holder[key]`, and where it stands in the source."""

    holder: dict[str, Any]
    key: str
    at: tuple[str | int, ...]
    place: Place


def slots(properties: Any, places: tuple[Place, ...], at: tuple[str | int, ...]) -> Iterator[Slot]:
    """The properties that are there and that a place is meant for."""
    for place in places:
        yield from _slots(properties, place.steps, at, place)


def _slots(holder: Any, steps: tuple[str, ...], at: tuple[str | int, ...], place: Place) -> Iterator[Slot]:
    if not isinstance(holder, dict):
        return
    step, *rest = steps
    for key in list(holder) if step == "*" else [step] if step in holder else []:
        if rest:
            yield from _slots(holder[key], tuple(rest), (*at, key), place)
        else:
            yield Slot(holder, key, (*at, key), place)


def is_local(value: Any) -> bool:
    """Whether the value names local files, and neither an address nor something that CloudFormation resolves."""
    return isinstance(value, str) and not value.startswith("arn:") and not any(mark in value for mark in ELSEWHERE)
