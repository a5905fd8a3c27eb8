"""The caller: reads one account and region for the reaper, within AWS's rates, and out of the deployments' way.

It has clients of its own (botocore's adaptive retries, which slow down when AWS says so) and a budget of its own: below
each service's published rate, and for CloudFormation, which publishes none and which deployments need, half of what is
known to go well.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.aws.client import Aws, AwsUnreachable, speaking

HEADROOM = 0.9
"""The share of a published rate that is taken: calls that leave evenly may arrive together."""

RATES = {
    "cloudformation": 5.0,  # not published; 10 a second go well, and deployments have the other half
    "resourcegroupstaggingapi": 15.0,  # https://docs.aws.amazon.com/general/latest/gr/arg.html
    "cloudwatch:ListMetrics": 25.0,  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
    "cloudwatch": 50.0,
    "logs": 10.0,  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
    "lambda": 15.0,  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    "sns": 30.0,
    "events": 50.0,
    "apigateway": 10.0,  # https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
}
"""Requests a second in one account and region, by service, or by operation where that has a rate of its own."""
OTHERWISE = 10.0
"""The rate of services that publish none for reading."""

TOKENS = {
    "describe_log_groups": ("nextToken", "nextToken"),
    "get_resources": ("PaginationToken", "PaginationToken"),
    "get_rest_apis": ("position", "position"),
    "list_buckets": ("ContinuationToken", "ContinuationToken"),
    "list_functions": ("Marker", "NextMarker"),
    "list_graphql_apis": ("nextToken", "nextToken"),
    "list_log_groups": ("nextToken", "nextToken"),
    "list_projects": ("nextToken", "nextToken"),
    "list_tables": ("ExclusiveStartTableName", "LastEvaluatedTableName"),
}
"""What leads to the next page, as it is asked and as it is told, where that is not NextToken."""

TITLES = {
    "apigateway": "API Gateway",
    "apigatewayv2": "API Gateway",
    "appsync": "AppSync",
    "cloudformation": "CloudFormation",
    "cloudwatch": "CloudWatch",
    "cognito-idp": "Cognito",
    "dynamodb": "DynamoDB",
    "events": "EventBridge",
    "lambda": "Lambda",
    "logs": "CloudWatch Logs",
    "resourcegroupstaggingapi": "Tagging",
    "scheduler": "EventBridge Scheduler",
    "secretsmanager": "Secrets Manager",
}
"""How a service is called in a sentence; in capitals where it is not in here."""


@dataclass
class Bucket:
    """A token bucket: at most `rate` tokens a second, after at most one second's worth at once."""

    rate: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _tokens: float = field(init=False)
    _seen: float = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        self._tokens = max(1.0, self.rate)
        self._seen = self.clock()

    def take(self) -> None:
        """Take a token, waiting for one where there is none; those who wait do so in line."""
        with self._lock:
            now = self.clock()
            self._tokens = min(max(1.0, self.rate), self._tokens + (now - self._seen) * self.rate) - 1
            self._seen = now
            wait = -self._tokens / self.rate
        if wait > 0:
            self.sleep(wait)


class Caller:
    """Calls for one look. `requests` counts them, retries left out."""

    def __init__(self, aws: Aws, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self.requests = 0
        self._aws = aws
        self._lock = threading.Lock()
        self._buckets: dict[str, Bucket] = {}

    def call(self, service: str, operation: str, region: str | None = None, **arguments: Any) -> Any:
        """One call. Raises AwsUnreachable, AwsDenied or AwsRefused."""
        method = getattr(self._client(service, region), operation)
        with speaking(title_of(service)):
            self._pace(service, operation)
            return method(**arguments)

    def pages(self, service: str, operation: str, region: str | None = None, **arguments: Any) -> Iterator[Any]:
        """Every page of a list. Raises what `call` does, and AwsUnreachable where a page leads back to an earlier one.

        botocore's own paginators would do, but for their last step, which asks nothing and would wait for a token.
        """
        ask, told = TOKENS.get(operation, ("NextToken", "NextToken"))
        seen: set[str] = set()
        while True:
            page = self.call(service, operation, region, **arguments)
            yield page
            token = page.get(told)
            if not token:
                return
            if token in seen:
                raise AwsUnreachable(f"{title_of(service)}: a page of {operation} leads back to an earlier one")
            seen.add(token)
            arguments[ask] = token

    def _client(self, service: str, region: str | None) -> Any:
        return self._aws.reader(service, self.account, region or self.region)

    def _pace(self, service: str, operation: str) -> None:
        name = f"{service}:{''.join(part.title() for part in operation.split('_'))}"
        name = name if name in RATES else service
        with self._lock:
            self.requests += 1
            bucket = self._buckets.setdefault(name, Bucket(HEADROOM * RATES.get(name, OTHERWISE)))
        bucket.take()


def title_of(service: str) -> str:
    """How a service is called in a sentence."""
    return TITLES.get(service, service.upper())


def require(answer: Any, key: str, service: str) -> Any:
    """What must stand in an answer. Raises AwsUnreachable where it does not: an answer cut short proves no absence."""
    if not isinstance(answer, dict) or key not in answer:
        raise AwsUnreachable(f"{title_of(service)} answered without {key}")
    return answer[key]
