"""Log groups that functions made at run time, which no stack deletes."""

from typing import Any

from app.aws.client import AwsRefused, speaking
from app.aws.permissions import permits

SERVICE = "CloudWatch Logs"


@permits("logs:DeleteLogGroup")
def drop_log_group(client: Any, name: str) -> None:
    """Delete a log group, unless it is gone."""
    try:
        with speaking(SERVICE):
            client.delete_log_group(logGroupName=name)
    except AwsRefused as refused:
        if refused.code != "ResourceNotFoundException":
            raise
