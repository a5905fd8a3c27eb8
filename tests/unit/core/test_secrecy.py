"""What is hidden, and what is not."""

import pytest

from app.core.secrecy import MASK, mask

HIDDEN = {
    "an access key": ("Key", "AKIA" + "A1B2" * 4),
    "a session key": ("Key", "ASIA" + "A1B2" * 4),
    "a GitHub token": ("Value", "ghp_" + "a1B2" * 9),
    "a fine-grained GitHub token": ("Value", "github_pat_" + "a1B2" * 9),
    "a Slack token": ("Value", "xoxb-1234567890-abc"),
    "a Slack address that is a key": ("NotifyUrl", "https://hooks.slack.com/services/T0/B0/abc"),
    "a signed address": ("Download", "https://b.s3.amazonaws.com/k?X-Amz-Signature=ab12&X-Amz-Date=1"),
    "a private key": ("Pem", "-----BEGIN RSA PRIVATE KEY-----\nMII"),
    "an address with a password": ("Url", "postgres://app:pass@db:5432/shop"),
    "an address with nothing but a password": ("Url", "redis://:pass@cache:6379"),
    "a signed web token": ("Value", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.SflKxwRJSM"),
    "a password by its name": ("DbPassword", "correct horse"),
    "a secret by its name": ("ClientSecret", "s3cr3t"),
    "an API key by its name": ("PartnerApiKey", "12345"),
    "a token by its name": ("AccessToken", "12345"),
}
SHOWN = {
    "an address": ("ApiUrl", "https://api.example.com/v1"),
    "an address with a port": ("Url", "https://api.example.com:8443/x"),
    "the name of a secret": ("DbSecretName", "shop/db"),
    "the ARN of a secret": ("DbSecretArn", "arn:aws:secretsmanager:eu-west-1:1:secret:db"),
    "where tokens are had": ("TokenUrl", "https://login.example.com/token"),
    "a table": ("Table", "shop-42-orders"),
    "a web address with an at sign": ("Profile", "https://example.com/@ann"),
}


@pytest.mark.parametrize(("key", "value"), HIDDEN.values(), ids=HIDDEN)
def test_hidden(key: str, value: str) -> None:
    assert mask(key, value) == MASK


@pytest.mark.parametrize(("key", "value"), SHOWN.values(), ids=SHOWN)
def test_shown(key: str, value: str) -> None:
    assert mask(key, value) == value
