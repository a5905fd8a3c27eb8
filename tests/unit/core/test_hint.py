"""What helps, by what CloudFormation says: one case for each class, in words that were seen."""

import json

import pytest

from app.core.hint import class_of, hint_for

ROLE = (
    'Resource handler returned message: "User: arn:aws:sts::1:assumed-role/x is not authorized to perform: '
    'sqs:CreateQueue (Service: Sqs, Status Code: 403)" (RequestToken: 1, HandlerErrorCode: AccessDenied)'
)


@pytest.mark.parametrize(
    ("reason", "class_"),
    [
        (ROLE, "AccessDenied"),
        ("shop-42 already exists in stack arn:x", "AlreadyExists"),
        ("Taken (RequestToken: 1, HandlerErrorCode: ResourceConflict)", "AlreadyExists"),
        ("No (RequestToken: 1, HandlerErrorCode: ServiceLimitExceeded)", "ServiceLimitExceeded"),
        ("The maximum number of buckets has been reached", "ServiceLimitExceeded"),
        ("Bad (HandlerErrorCode: InvalidRequest)", "InvalidRequest"),
        ("Gone (HandlerErrorCode: NotFound)", "NotFound"),
        ("Slow (HandlerErrorCode: NotStabilized)", "NotStabilized"),
        ("Resource did not stabilize", "NotStabilized"),
        ("Rate exceeded (Service: Lambda, Status Code: 429)", "Throttling"),
        ("Oops (HandlerErrorCode: ServiceInternalError)", "InternalFailure"),
        ("Something else (HandlerErrorCode: GeneralServiceException)", ""),
        ("", ""),
    ],
)
def test_the_class_of_a_failure(reason: str, class_: str) -> None:
    assert class_of(reason) == class_
    assert bool(hint_for("AWS::SQS::Queue", reason)) is bool(class_)


def test_the_permission_that_is_missing_is_named() -> None:
    assert hint_for("AWS::SQS::Queue", ROLE).endswith("the permission sqs:CreateQueue.")


def test_an_export_in_use_says_what_is_in_the_way() -> None:
    assert "imports it" in hint_for("", "Export BusArn cannot be deleted as it is in use by SHOP-42-api")


class TestCustomResources:
    TOKEN = json.dumps({"ServiceToken": "arn:aws:lambda:eu-west-1:1:function:shop-seed:live"})

    @pytest.mark.parametrize("type_", ["Custom::Seed", "AWS::CloudFormation::CustomResource"])
    def test_the_log_group_of_the_function_is_named(self, type_: str) -> None:
        hint = hint_for(type_, "Failed", self.TOKEN)
        assert hint == "Its function says more in the log group /aws/lambda/shop-seed."

    def test_one_that_never_answered(self) -> None:
        reason = "CloudFormation did not receive a response from your Custom Resource."
        assert hint_for("Custom::Seed", reason, self.TOKEN).startswith("Its function never answered CloudFormation")

    @pytest.mark.parametrize("properties", ["", "no JSON", "[]", '{"ServiceToken": "arn:aws:sns:eu-west-1:1:topic"}'])
    def test_one_that_is_served_otherwise_gets_a_hint_too(self, properties: str) -> None:
        assert hint_for("Custom::Seed", "Failed", properties).endswith("in the log group of its function.")
