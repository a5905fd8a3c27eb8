"""The example application packages as it stands."""

import io
import json
import tarfile
import zipfile
from pathlib import Path

import yaml

from app.aws.packaging import Target, package
from app.aws.tarball import read_tarball

EXAMPLE = Path(__file__).parents[3] / "infra" / "example"


def tarball(mtime: int = 0) -> io.BytesIO:
    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        member.mtime = mtime
        return None if "__pycache__" in member.name else member

    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        archive.add(EXAMPLE, f"acme-shop-{mtime}", filter=plain)
    stream.seek(0)
    return stream


def test_the_example_packages() -> None:
    with read_tarball(tarball()) as checkout:
        result = package(checkout, "template.yaml", Target("bkt", "shop/", "https://s3.eu-west-1.amazonaws.com"))
        (artifact,) = result.artifacts
        with artifact.open() as stream, zipfile.ZipFile(stream) as archive:
            assert archive.namelist() == ["orders.py"]
            assert archive.read("orders.py") == (EXAMPLE / "src" / "orders.py").read_bytes()
    assert result.fits_inline
    assert result.required_parameters == ()
    assert result.capabilities == {"CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"}
    assert {"ApiUrl", "FunctionName", "TableName", "QueueUrl", "BusName", "BusArn"} <= set(result.outputs)
    assert result.remarks == ()


def test_another_download_on_another_day_has_the_same_keys() -> None:
    keys = []
    for day in (0, 86_400):
        with read_tarball(tarball(day)) as checkout:
            result = package(checkout, "template.yaml", Target("bkt", "shop/", "https://s3.eu-west-1.amazonaws.com"))
        keys.append([artifact.key for artifact in (*result.artifacts, result.template)])
    assert keys[0] == keys[1]


def test_what_mayfly_shows_of_it_is_among_its_outputs() -> None:
    (stack,) = yaml.safe_load((EXAMPLE / ".mayfly.yml").read_text())["stacks"].values()
    with read_tarball(tarball()) as checkout:
        result = package(checkout, stack["template"], Target("bkt", "", "https://s3.eu-west-1.amazonaws.com"))
    assert set(stack["outputs"]) <= set(result.outputs)


def test_several_can_live_side_by_side() -> None:
    with read_tarball(tarball()) as checkout:
        body = package(checkout, "template.yaml", Target("b", "", "https://s3.eu-west-1.amazonaws.com")).body
    names = {
        (name, key): value
        for name, resource in json.loads(body)["Resources"].items()
        for key, value in resource.get("Properties", {}).items()
        if key == "Name" or key.endswith(("Name", "Names"))
    }
    assert all("Fn::Sub" in value for value in names.values()), "a fixed name would be taken by the first environment"
