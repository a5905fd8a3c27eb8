"""Bad input: each mistake is told in one clear line where people look, costs nothing, and the next push repairs it."""

from dataclasses import dataclass, field

import pytest

from tests.scenarios.repositories import template
from tests.scenarios.world import World, until

FUNCTION = {
    "Type": "AWS::Serverless::Function",
    "Properties": {"CodeUri": "src", "Handler": "app.handle", "Runtime": "nodejs22.x"},
}


def one_stack(**more: object) -> str:
    """A `.mayfly.yml` with one stack."""
    lines = [f"    {name}: {value}" for name, value in {"template": "template.yaml", **more}.items()]
    return "\n".join(["stacks:", "  main:", *lines, ""])


@dataclass(frozen=True)
class Mistake:
    """A commit that cannot be deployed, and the words that say why."""

    files: dict[str, str | None]
    words: tuple[str, ...]
    repair: dict[str, str | None] = field(default_factory=lambda: {".mayfly.yml": None, "template.yaml": template()})


MISTAKES = {
    "a key that is no key": Mistake(
        {".mayfly.yml": "version: 1\nstakcs:\n  main: {template: template.yaml}\n"},
        (".mayfly.yml line 2: stakcs is no known key; did you mean stacks?",),
    ),
    "a file that is no YAML": Mistake({".mayfly.yml": "version: 1\nstacks: [\n"}, (".mayfly.yml line 3",)),
    "a template that is missing": Mistake(
        {".mayfly.yml": one_stack(template="infra/stack.yaml")},
        ("stacks.main.template: no infra/stack.yaml there",),
    ),
    "no template at all": Mistake({"template.yaml": None}, ("There is no template",)),
    "a path that leaves the checkout": Mistake(
        {".mayfly.yml": one_stack(template="../../etc/passwd")}, ("../../etc/passwd",)
    ),
    "an unknown parameter": Mistake(
        {".mayfly.yml": one_stack(parameters="{Stage: test}")}, ("stacks.main.parameters.Stage is no parameter",)
    ),
    "a parameter without a value": Mistake(
        {"template.yaml": template(parameters=("Stage",))}, ("needs a value for Stage",)
    ),
    "a region that is not allowed": Mistake(
        {".mayfly.yml": one_stack(regions="[eu-west-9]")}, ("eu-west-9 is not allowed here",)
    ),
    "code that must be built first": Mistake(
        {"template.yaml": template(Web=FUNCTION), "src/package.json": '{"dependencies": {"left-pad": "1"}}'},
        ("Web/Properties/CodeUri", "Mayfly builds nothing"),
        {"template.yaml": template(), "src/package.json": None},
    ),
    "a template that is no template": Mistake({"template.yaml": "Resources: 7\n"}, ("template.yaml",)),
}


NAMES = {f"SHOP-{number}": mistake for number, mistake in enumerate(MISTAKES.values(), 201)}


@pytest.fixture(scope="module")
def mistaken(shared_world: World) -> dict[str, int]:
    """A pull request for each mistake, all at once; their numbers."""
    return {name: shared_world.open(name, mistake.files) for name, mistake in NAMES.items()}


@pytest.fixture(scope="module")
def repaired(shared_world: World, mistaken: dict[str, int]) -> dict[str, int]:
    """The same pull requests, each repaired by a push after its mistake was found."""
    for name, mistake in NAMES.items():
        shared_world.wait_for(name, "failed")
        shared_world.told(name, mistaken[name], "failed")
        shared_world.push(name, mistake.repair)
    return mistaken


@pytest.mark.parametrize("name", NAMES, ids=MISTAKES)
def test_a_mistake_is_told_in_one_line(world: World, mistaken: dict[str, int], name: str) -> None:
    words = NAMES[name].words
    reason = world.wait_for(name, "failed")["reason"]
    assert all(word in reason for word in words), reason
    assert "\n" not in reason
    assert name not in world.stacks()
    world.told(name, mistaken[name], "failed", *(plain(word) for word in words))


@pytest.mark.parametrize("name", NAMES, ids=MISTAKES)
def test_a_push_repairs_a_mistake(world: World, repaired: dict[str, int], name: str) -> None:
    world.wait_for(name, "ready")
    world.told(name, repaired[name], "is ready")


def plain(words: str) -> str:
    """The longest part of the words that looks the same in Slack and in Markdown."""
    return max(words.replace("_", " ").replace("`", " ").split(), key=len)


def test_a_template_that_cloudformation_refuses_is_told_in_its_words(world: World) -> None:
    refusal = "Template format error: Unresolved resource dependencies [Nowhere] in the Outputs block of the template"
    world.aws.control.error("cloudformation", "CreateStack", code="ValidationError", message=refusal)
    number = world.open("SHOP-220")
    reason = world.wait_for("SHOP-220", "failed")["reason"]
    assert reason == f"SHOP-220 could not be created. CloudFormation: {refusal}"
    world.told("SHOP-220", number, "Unresolved resource dependencies")
    world.push("SHOP-220", {"template.yaml": template("Mended")})
    world.wait_for("SHOP-220", "ready")


def test_a_mistake_leaves_the_running_version_alone(world: World) -> None:
    number = world.open("SHOP-221")
    world.wait_for("SHOP-221", "ready")
    before = world.stacks()["SHOP-221"]
    world.push("SHOP-221", {".mayfly.yml": "stacks: 7\n"})
    world.wait_for("SHOP-221", "failed")
    world.told("SHOP-221", number, "stacks", "QueueUrl")
    assert world.stacks()["SHOP-221"] == before


def test_a_resource_that_cannot_be_made_is_named_and_its_stack_goes(world: World) -> None:
    world.aws.control.fail_resource("Queue", reason="The quota of queues is used up", stack="SHOP-222", times=1)
    number = world.open("SHOP-222")
    reason = world.wait_for("SHOP-222", "failed")["reason"]
    assert reason == (
        "SHOP-222 could not be created. Queue (AWS::SQS::Queue, template.yaml:1): The quota of queues is used up. "
        "A quota of the account is used up: delete what is not needed, or ask AWS for more."
    )
    until(lambda: "SHOP-222" not in world.stacks(), "the stack is gone")
    world.told("SHOP-222", number, "The quota of queues is used up")
    world.push("SHOP-222", {"template.yaml": template("Queue", "Second")})
    world.wait_for("SHOP-222", "ready")
    world.told("SHOP-222", number, "is ready")


def test_an_update_that_fails_is_rolled_back_and_the_old_version_stays(world: World) -> None:
    number = world.open("SHOP-223")
    world.wait_for("SHOP-223", "ready")
    world.aws.control.fail_resource("Second", reason="There is no room", stack="SHOP-223", times=1)
    commit = world.push("SHOP-223", {"template.yaml": template("Queue", "Second")})
    reason = world.wait_for("SHOP-223", "failed", commit=commit)["reason"]
    assert reason == (
        "SHOP-223 could not be updated. Second (AWS::SQS::Queue, template.yaml:1): There is no room. "
        "The version before still serves."
    )
    world.told("SHOP-223", number, "There is no room", "QueueUrl")
    until(lambda: world.stacks()["SHOP-223"]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", "it is rolled back")
    world.push("SHOP-223", {"template.yaml": template("Queue", "Third")})
    world.wait_for("SHOP-223", "ready")
    world.told("SHOP-223", number, "is ready")
