"""The code of functions and layers: named, built and small enough, or refused with its line."""

import json
from typing import Any

import pytest

from app.aws.checkout import Checkout
from app.aws.packaging import Packaged, PackagingRefused, Target, package

TARGET = Target("bkt", "shop/", "https://s3.eu-west-1.amazonaws.com")
FUNCTION = "AWS::Serverless::Function"


def packaged(
    files: dict[str, str],
    properties: dict[str, Any] | None = None,
    kind: str = FUNCTION,
    *,
    metadata: dict[str, Any] | None = None,
    defaults: dict[str, Any] | None = None,
) -> Packaged:
    resource = {"Type": kind, "Properties": {"CodeUri": "src"} if properties is None else properties}
    template = {"Resources": {"X": {**resource, "Metadata": metadata or {}}}, "Globals": {"Function": defaults or {}}}
    with Checkout() as checkout:
        for path, text in {"src/app.py": "pass", **files, "template.yaml": json.dumps(template, indent=1)}.items():
            checkout.add_file(path, [text.encode()])
        return package(checkout, "template.yaml", TARGET)


def refusal(*args: Any, **named: Any) -> str:
    with pytest.raises(PackagingRefused) as caught:
        packaged(*args, **named)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("AWS::Lambda::Function", "Code"),
        ("AWS::Lambda::LayerVersion", "Content"),
        ("AWS::Serverless::Function", "CodeUri"),
        ("AWS::Serverless::LayerVersion", "ContentUri"),
        ("AWS::Serverless::WebFunction", "CodeUri"),
    ],
)
def test_code_has_to_be_named(kind: str, name: str) -> None:
    assert refusal({}, {}, kind) == (
        f"template.yaml:3: Resources/X names no code; set {name} to a path in the repository (or InlineCode, ImageUri)"
    )


def test_an_image_has_to_be_named() -> None:
    assert refusal({}, {"PackageType": "Image"}, metadata={"DockerContext": "./app", "Dockerfile": "Dockerfile"}) == (
        "template.yaml:3: Resources/X is an image that would have to be built, and Mayfly builds nothing; "
        "push the image to ECR and set ImageUri to its address"
    )
    image = {"PackageType": "Image", "ImageUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders:1"}
    assert packaged({}, image).artifacts == ()


REQUIREMENTS_THAT_NEED_NOTHING = [
    "",
    "# nothing yet\n\n",
    "boto3\nbotocore>=1.34 # the runtime's\n",
    "Boto3[crt]==1.40.1\npython_dateutil\nurllib3<3",
    "tomli; python_version < '3.11'",
    "--index-url https://example.com/simple\n-c limits.txt\n-e .",
    "boto3 \\\n  --hash=sha256:00",
    "-r none.txt",
]


@pytest.mark.parametrize("requirements", REQUIREMENTS_THAT_NEED_NOTHING)
def test_requirements_that_lambda_fulfils_need_no_build(requirements: str) -> None:
    assert packaged({"src/requirements.txt": requirements}).remarks == ()


@pytest.mark.parametrize(
    ("requirements", "name"),
    [
        ("requests", "requests"),
        ("boto3\nrequests[socks]>=2,<3\n", "requests"),
        ("aws-lambda-powertools ~= 3.0", "aws-lambda-powertools"),
        ("mine @ https://example.com/mine.whl", "mine"),
        ("-r more.txt", "flask"),
        ("--requirement=more.txt", "flask"),
    ],
)
def test_requirements_that_are_not_there_need_a_build(requirements: str, name: str) -> None:
    says = refusal({"src/requirements.txt": requirements, "src/more.txt": "-r requirements.txt\nflask"})
    assert says.startswith(
        "template.yaml:6: Resources/X/Properties/CodeUri: "
        f"requirements.txt asks for {name}, which is not beside the code, and Mayfly builds nothing"
    )
    assert "SkipBuild" in says


@pytest.mark.parametrize(
    ("requirement", "vendored"),
    [
        ("requests", "requests/__init__.py"),
        ("PyYAML==6.0", "pyyaml-6.0.dist-info/METADATA"),
        ("typing-extensions", "typing_extensions.py"),
        ("ruamel.yaml", "ruamel_yaml-0.18.dist-info/METADATA"),
    ],
)
def test_packages_beside_the_code_are_enough(requirement: str, vendored: str) -> None:
    assert packaged({"src/requirements.txt": requirement, f"src/{vendored}": ""}).artifacts


@pytest.mark.parametrize(
    "layers", [{"properties": {"CodeUri": "src", "Layers": ["arn:aws:x"]}}, {"defaults": {"Layers": ["x"]}}]
)
def test_a_layer_may_bring_them_so_people_are_only_warned(layers: dict[str, Any]) -> None:
    (remark,) = packaged({"src/requirements.txt": "requests"}, **layers).remarks
    assert (remark.rule, remark.file, remark.line > 1) == ("unbuilt-code", "template.yaml", True)
    assert remark.message == (
        "requirements.txt asks for requests, which is not beside the code; it has to come from the layers."
    )


def test_a_runtime_of_another_language_does_not_care() -> None:
    node = {"CodeUri": "src", "Runtime": "nodejs22.x"}
    assert packaged({"src/requirements.txt": "requests"}, node).artifacts
    assert packaged({"src/requirements.txt": "requests"}, defaults={"Runtime": "nodejs22.x"}).artifacts
    assert "requests" in refusal({"src/requirements.txt": "requests"}, {"CodeUri": "src", "Runtime": {"Ref": "R"}})
    python = {"CodeUri": "src", "Runtime": "python3.13"}
    assert packaged({"src/package.json": '{"dependencies": {"left-pad": "1"}}'}, python).artifacts


@pytest.mark.parametrize(
    "manifest",
    [
        "{}",
        "[]",
        '{"dependencies": {}}',
        '{"devDependencies": {"jest": "1"}}',
        '{"dependencies": {"@aws-sdk/client-s3": "3"}}',
    ],
)
def test_a_plain_package_needs_no_build(manifest: str) -> None:
    assert packaged({"src/package.json": manifest}).artifacts


def test_a_package_with_dependencies_needs_its_modules() -> None:
    manifest = '{"dependencies": {"@aws-sdk/client-s3": "3", "left-pad": "1"}}'
    assert "package.json asks for 'left-pad', and there is no node_modules" in refusal({"src/package.json": manifest})
    assert packaged({"src/package.json": manifest, "src/node_modules/left-pad/index.js": ""}).artifacts
    assert "package.json is not JSON" in refusal({"src/package.json": "{"})


@pytest.mark.parametrize(
    ("runtime", "file", "product"),
    [
        ("ruby3.4", "Gemfile", "vendor/bundle/x"),
        ("provided.al2023", "go.mod", "bootstrap"),
        ("provided.al2023", "Cargo.toml", "bootstrap"),
    ],
)
def test_compiled_code_needs_its_product(runtime: str, file: str, product: str) -> None:
    properties = {"CodeUri": "src", "Runtime": runtime}
    assert f"{file!r} tells of a build" in refusal({f"src/{file}": ""}, properties)
    assert packaged({f"src/{file}": "", f"src/{product}": ""}, properties).artifacts


@pytest.mark.parametrize(
    ("runtime", "file"), [("java21", "pom.xml"), ("java21", "build.gradle.kts"), ("dotnet8", "Api.csproj")]
)
def test_sources_that_never_run_as_they_stand(runtime: str, file: str) -> None:
    assert f"{file!r} tells of a build" in refusal({f"src/{file}": ""}, {"CodeUri": "src", "Runtime": runtime})


def test_build_methods_ask_for_a_build() -> None:
    assert "BuildMethod 'esbuild' asks for a build" in refusal({}, metadata={"BuildMethod": "esbuild"})
    layer: dict[str, Any] = {"properties": {"ContentUri": "src"}, "kind": "AWS::Serverless::LayerVersion"}
    assert "BuildMethod 'python3.12'" in refusal({}, **layer, metadata={"BuildMethod": "python3.12"})
    assert packaged({"src/requirements.txt": "requests"}, **layer).artifacts, "a layer is what its folders are"


@pytest.mark.parametrize("skip", [True, "true"])
def test_skip_build_says_that_it_runs_as_it_stands(skip: object) -> None:
    metadata = {"SkipBuild": skip, "BuildMethod": "makefile"}
    assert packaged({"src/requirements.txt": "requests"}, metadata=metadata).artifacts


def test_inherited_code_is_looked_at_too() -> None:
    files = {"src/requirements.txt": "requests"}
    assert "requests" in refusal(files, {}, defaults={"CodeUri": "src"})
    assert packaged(files, {}, defaults={"CodeUri": "src"}, metadata={"SkipBuild": True}).artifacts


def test_each_branch_of_an_if_is_looked_at() -> None:
    properties = {"CodeUri": {"Fn::If": ["C", "s3://b/k", "src"]}}
    assert "requests" in refusal({"src/requirements.txt": "requests"}, properties)


def test_plain_lambda_functions_are_held_to_the_same() -> None:
    assert "requests" in refusal({"src/requirements.txt": "requests"}, {"Code": "src"}, "AWS::Lambda::Function")


def test_a_requirements_file_outside_is_refused() -> None:
    assert "leaves the repository" in refusal({"src/requirements.txt": "-r ../../x.txt"})


@pytest.mark.parametrize(("size", "is_fine"), [(262_144_000 - 4, True), (262_144_000 - 3, False)])
def test_lambda_takes_250_megabytes(size: int, is_fine: bool) -> None:
    template = {"Resources": {"X": {"Type": FUNCTION, "Properties": {"CodeUri": "src"}}}}
    chunk = bytes(1 << 20)
    with Checkout() as checkout:
        checkout.add_file("src/app.py", [b"pass"])
        checkout.add_file("src/big", (chunk[: min(len(chunk), size - at)] for at in range(0, size, len(chunk))))
        checkout.add_file("t", [json.dumps(template).encode()])
        if is_fine:
            assert package(checkout, "t", TARGET).artifacts
        else:
            with pytest.raises(PackagingRefused, match=r"'src' has 262,144,001 bytes and Lambda takes 262,144,000"):
                package(checkout, "t", TARGET)
