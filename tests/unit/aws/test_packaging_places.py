"""Which properties name local files, and what stands there once they are packaged."""

import hashlib
import json
from typing import Any

import pytest

from app.aws.checkout import Checkout
from app.aws.packaging import Packaged, Target, package

TARGET = Target("bkt", "shop/", "https://s3.eu-west-1.amazonaws.com")
CHILD = "Resources: {T: {Type: 'AWS::SNS::Topic'}}"
FILES = {"src/app.py": "pass", "src/lib/more.py": "1", "one.py": "x", "api.yaml": "openapi: 3.0.0", "child.yaml": CHILD}


def packaged(template: dict[str, Any]) -> Packaged:
    with Checkout() as checkout:
        for path, text in {**FILES, "template.yaml": json.dumps(template)}.items():
            checkout.add_file(path, [text.encode()])
        return package(checkout, "template.yaml", TARGET)


def resource(kind: str, properties: Any, **more: Any) -> dict[str, Any]:
    return {"Resources": {"X": {"Type": kind, "Properties": properties, **more}}}


def properties_of(result: Packaged, name: str = "X") -> Any:
    return json.loads(result.body)["Resources"][name]["Properties"]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def key_of(path: str) -> str:
    """The key of a file that is uploaded as it is."""
    return f"shop/{sha256(FILES[path])}.{path.rpartition('.')[2]}"


def zip_key(path: str) -> str:
    """The key of a file or directory that is zipped; what goes into it, test_artifacts.py says."""
    (artifact,) = packaged(resource("AWS::Lambda::LayerVersion", {"Content": path})).artifacts
    assert artifact.key.endswith(".zip")
    return artifact.key


SRC = zip_key("src")
S3, NAMES, PLAIN, URL = "s3", "names", "plain", "url"


def shown(form: str, key: str) -> Any:
    return {
        S3: f"s3://bkt/{key}",
        NAMES: {"S3Bucket": "bkt", "S3Key": key},
        PLAIN: {"Bucket": "bkt", "Key": key},
        URL: f"https://s3.eu-west-1.amazonaws.com/bkt/{key}",
    }[form]


def nested(path: str, value: Any) -> Any:
    for step in reversed(path.split(".")):
        value = {step: value}
    return value


ZIPS = [
    ("AWS::Lambda::Function", "Code", NAMES),
    ("AWS::Serverless::Function", "CodeUri", S3),
    ("AWS::Serverless::WebFunction", "CodeUri", S3),
    ("AWS::Lambda::LayerVersion", "Content", NAMES),
    ("AWS::Serverless::LayerVersion", "ContentUri", S3),
    ("AWS::ElasticBeanstalk::ApplicationVersion", "SourceBundle", NAMES),
    ("AWS::CodeCommit::Repository", "Code.S3", PLAIN),
    ("AWS::CloudFormation::ModuleVersion", "ModulePackage", S3),
    ("AWS::CloudFormation::ResourceVersion", "SchemaHandlerPackage", S3),
]
SINGLE = [
    ("AWS::Serverless::Api", "DefinitionUri", S3),
    ("AWS::Serverless::HttpApi", "DefinitionUri", S3),
    ("AWS::ApiGateway::RestApi", "BodyS3Location", PLAIN),
    ("AWS::ApiGatewayV2::Api", "BodyS3Location", PLAIN),
    ("AWS::Serverless::StateMachine", "DefinitionUri", PLAIN),
    ("AWS::StepFunctions::StateMachine", "DefinitionS3Location", PLAIN),
    ("AWS::AppSync::GraphQLSchema", "DefinitionS3Location", S3),
    ("AWS::AppSync::Resolver", "RequestMappingTemplateS3Location", S3),
    ("AWS::AppSync::Resolver", "ResponseMappingTemplateS3Location", S3),
    ("AWS::AppSync::Resolver", "CodeS3Location", S3),
    ("AWS::AppSync::FunctionConfiguration", "RequestMappingTemplateS3Location", S3),
    ("AWS::AppSync::FunctionConfiguration", "ResponseMappingTemplateS3Location", S3),
    ("AWS::AppSync::FunctionConfiguration", "CodeS3Location", S3),
    ("AWS::Serverless::GraphQLApi", "SchemaUri", S3),
    ("AWS::Serverless::GraphQLApi", "CodeUri", S3),
    ("AWS::Serverless::GraphQLApi", "Functions.one.CodeUri", S3),
    ("AWS::Serverless::GraphQLApi", "Resolvers.Query.one.CodeUri", S3),
    ("AWS::Glue::Job", "Command.ScriptLocation", S3),
]
TEMPLATES = [
    ("AWS::CloudFormation::Stack", "TemplateURL"),
    ("AWS::CloudFormation::StackSet", "TemplateURL"),
    ("AWS::Serverless::Application", "Location"),
]


@pytest.mark.parametrize(("kind", "path", "form"), ZIPS)
def test_directories_become_zips(kind: str, path: str, form: str) -> None:
    result = packaged(resource(kind, nested(path, "./src/")))
    assert properties_of(result) == nested(path, shown(form, SRC))
    assert [artifact.key for artifact in result.artifacts] == [SRC]


@pytest.mark.parametrize(("kind", "path", "form"), ZIPS)
def test_a_single_file_is_zipped(kind: str, path: str, form: str) -> None:
    key = zip_key("one.py")
    assert properties_of(packaged(resource(kind, nested(path, "one.py")))) == nested(path, shown(form, key))


@pytest.mark.parametrize(("kind", "path", "form"), SINGLE)
def test_single_files_stay_as_they_are(kind: str, path: str, form: str) -> None:
    result = packaged(resource(kind, nested(path, "api.yaml")))
    assert properties_of(result) == nested(path, shown(form, key_of("api.yaml")))
    assert [artifact.digest for artifact in result.artifacts] == [sha256(FILES["api.yaml"])]


@pytest.mark.parametrize(("kind", "path"), TEMPLATES)
def test_nested_templates_are_packaged_themselves(kind: str, path: str) -> None:
    result = packaged(resource(kind, {path: "child.yaml"}))
    body = '{"Resources":{"T":{"Type":"AWS::SNS::Topic"}}}'
    assert properties_of(result) == {path: shown(URL, f"shop/{sha256(body)}.template")}
    assert [artifact.digest for artifact in result.artifacts] == [sha256(body)]
    assert result.resource_types == {kind, "AWS::SNS::Topic"}


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::Lambda::Function", {"Code": {"ZipFile": "pass"}}),
        ("AWS::Lambda::Function", {"Code": {"S3Bucket": "b", "S3Key": "k"}}),
        (
            "AWS::Lambda::Function",
            {"Code": {"ImageUri": "1.dkr.ecr.eu-west-1.amazonaws.com/x"}, "PackageType": "Image"},
        ),
        ("AWS::Serverless::Function", {"InlineCode": "pass"}),
        ("AWS::Serverless::Function", {"InlineCode": "pass", "CodeUri": "nowhere"}),
        ("AWS::Serverless::Function", {"PackageType": "Image", "ImageUri": "x", "CodeUri": "nowhere"}),
        ("AWS::Serverless::Function", {"CodeUri": "s3://b/k"}),
        ("AWS::Serverless::Function", {"CodeUri": {"Bucket": "b", "Key": "k"}}),
        ("AWS::Serverless::Function", {"CodeUri": {"Fn::Sub": "s3://${Bucket}/k"}}),
        ("AWS::Serverless::Function", {"CodeUri": "{{resolve:ssm:/code}}"}),
        ("AWS::Serverless::Function", {"Fn::Transform": {"Name": "Mine"}}),
        ("AWS::Serverless::Application", {"Location": {"ApplicationId": "arn:aws:x", "SemanticVersion": "1.0.0"}}),
        ("AWS::CloudFormation::Stack", {"TemplateURL": "https://s3.amazonaws.com/b/t.yaml"}),
        ("AWS::Serverless::Api", {"DefinitionBody": {"openapi": "3.0.0"}}),
        ("AWS::SNS::Topic", {"CodeUri": "src"}),
        ("AWS::StepFunctions::StateMachine", {"DefinitionS3Location": {"Bucket": "b", "Key": "k"}}),
    ],
)
def test_what_is_elsewhere_is_left_alone(kind: str, properties: dict[str, Any]) -> None:
    result = packaged(resource(kind, properties))
    assert properties_of(result) == properties
    assert result.artifacts == ()


def test_globals_are_packaged_once_for_all() -> None:
    template = {
        "Globals": {"Function": {"CodeUri": "src"}, "Api": {"DefinitionUri": "api.yaml"}},
        "Resources": {
            "A": {"Type": "AWS::Serverless::Function"},
            "B": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "src"}},
        },
    }
    result = packaged(template)
    body = json.loads(result.body)
    assert body["Globals"]["Function"]["CodeUri"] == shown(S3, SRC)
    assert body["Globals"]["Api"]["DefinitionUri"] == shown(S3, key_of("api.yaml"))
    assert body["Resources"]["B"]["Properties"]["CodeUri"] == shown(S3, SRC)
    assert "Properties" not in body["Resources"]["A"]
    assert {artifact.key for artifact in result.artifacts} == {SRC, key_of("api.yaml")}


def test_both_branches_of_an_if_are_packaged() -> None:
    template = resource(
        "AWS::Serverless::Function", {"CodeUri": {"Fn::If": ["C", "src", {"Fn::If": ["D", "one.py", "s3://b/k"]}]}}
    )
    condition = properties_of(packaged(template))["CodeUri"]["Fn::If"]
    assert condition == ["C", shown(S3, SRC), {"Fn::If": ["D", shown(S3, zip_key("one.py")), "s3://b/k"]}]


def test_the_metadata_of_an_application_is_packaged() -> None:
    template = {
        "Metadata": {
            "AWS::ServerlessRepo::Application": {"LicenseUrl": "one.py", "ReadmeUrl": "api.yaml", "Name": "x"}
        },
        "Resources": {},
    }
    section = json.loads(packaged(template).body)["Metadata"]["AWS::ServerlessRepo::Application"]
    assert section == {
        "LicenseUrl": shown(S3, key_of("one.py")),
        "ReadmeUrl": shown(S3, key_of("api.yaml")),
        "Name": "x",
    }


INCLUDE = {"Name": "AWS::Include", "Parameters": {"Location": "api.yaml"}}


@pytest.mark.parametrize(
    "template",
    [
        {"Transform": INCLUDE, "Resources": {}},
        {"Transform": ["AWS::Serverless-2016-10-31", INCLUDE], "Resources": {}},
        resource("AWS::ApiGateway::RestApi", {"Body": {"Fn::Transform": INCLUDE}}),
        resource("AWS::ApiGateway::RestApi", {"Body": [{"Fn::Transform": [INCLUDE]}]}),
        {"Resources": {}, "Outputs": {"Fn::Transform": INCLUDE}},
    ],
)
def test_included_snippets_are_packaged_anywhere(template: dict[str, Any]) -> None:
    result = packaged(template)
    assert f'"Location":"{shown(S3, key_of("api.yaml"))}"' in result.body
    assert result.capabilities == {"CAPABILITY_AUTO_EXPAND"}
