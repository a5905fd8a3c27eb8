"""Settings: what is read, what is refused, and that no secret is ever shown."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.core.errors import ConfigurationError
from app.settings import Account, Settings, load_settings, masked, require_webhook_secret, setting_names

SECRET = "correct-horse-battery"


def refused(environ: dict[str, str]) -> str:
    with pytest.raises(ConfigurationError) as error:
        load_settings(environ)
    assert SECRET not in str(error.value)
    return str(error.value)


def test_nothing_set_means_the_defaults() -> None:
    assert load_settings({"PATH": "/bin"}) == Settings()


def test_every_form_of_value() -> None:
    settings = load_settings(
        {
            "MAYFLY_WEB__PORT": "9000",
            "MAYFLY_SHARED_TICKETS": "true",
            "MAYFLY_AWS__REGIONS": "eu-west-1, us-east-1,",
            "MAYFLY_AWS__ACCOUNTS": '{"dev": {"role_arn": "arn:x", "external_id": "e"}}',
            "MAYFLY_LIFETIME__IDLE": "2d",
            "MAYFLY_LIFETIME__WARNINGS": "24h,90m",
            "MAYFLY_REAPER__GRACE": '{"idle": "3d"}',
            "MAYFLY_SLACK__USERS": '{"ann": "U1"}',
        }
    )
    assert (settings.web.port, settings.shared_tickets) == (9000, True)
    assert settings.aws.regions == ["eu-west-1", "us-east-1"]
    assert settings.aws.accounts == {"dev": Account(role_arn="arn:x", external_id="e")}
    assert settings.lifetime.idle == timedelta(days=2)
    assert settings.lifetime.warnings == [timedelta(hours=24), timedelta(minutes=90)]
    assert (settings.reaper.grace, settings.slack.users) == ({"idle": timedelta(days=3)}, {"ann": "U1"})


def test_several_webhook_secrets_hold_at_once() -> None:
    secrets = load_settings({"MAYFLY_GITHUB__WEBHOOK_SECRETS": f"{SECRET}, {SECRET}2"}).github.webhook_secrets
    assert [secret.get_secret_value() for secret in secrets] == [SECRET, f"{SECRET}2"]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("MAYFLY_WEB__PROT", "1", "MAYFLY_WEB__PROT is no setting; did you mean MAYFLY_WEB__PORT?"),
        ("MAYFLY_ZZZZ", "1", "MAYFLY_ZZZZ is no setting; `mayfly check-config` lists those there are"),
        ("MAYFLY_WEB", "1", "MAYFLY_WEB is no setting"),
        ("MAYFLY_web__port", "1", "MAYFLY_web__port is no setting"),
        ("MAYFLY_WEB__PORT", "eighty", "MAYFLY_WEB__PORT: Input should be a valid integer"),
        ("MAYFLY_WEB__PORT", "70000", "MAYFLY_WEB__PORT: Input should be less than or equal to 65535"),
        ("MAYFLY_LIMITS__PER_AUTHOR", "0", "MAYFLY_LIMITS__PER_AUTHOR: Input should be greater than or equal to 1"),
        ("MAYFLY_LIFETIME__IDLE", "soon", "MAYFLY_LIFETIME__IDLE: 'soon' is no duration; write it like 30s"),
        ("MAYFLY_REAPER__MODE", "kill", "MAYFLY_REAPER__MODE: Input should be 'report', 'mark' or 'destroy'"),
        ("MAYFLY_SLACK__USERS", "{", "MAYFLY_SLACK__USERS: is no JSON: "),
        ("MAYFLY_AWS__ACCOUNTS", '{"dev": {}}', "MAYFLY_AWS__ACCOUNTS__DEV__ROLE_ARN: Field required"),
        ("MAYFLY_GITHUB__WEBHOOK_SECRETS", "short", "a secret is shorter than 12 characters"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(name: str, value: str, told: str) -> None:
    assert told in refused({name: value})


def test_each_fault_has_a_line() -> None:
    lines = refused({"MAYFLY_WEB__PORT": "x", "MAYFLY_LIMITS__ENVIRONMENTS": "x"}).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["MAYFLY_WEB__PORT", "MAYFLY_LIMITS__ENVIRONMENTS"]


@pytest.mark.parametrize("name", ["MAYFLY_GITHUB__WEBHOOK_SECRETS", "MAYFLY_WEB__PORT", "MAYFLY_AWS__ACCOUNTS"])
def test_a_value_is_never_repeated(name: str) -> None:
    value = SECRET[:11] if name.endswith("SECRETS") else SECRET
    assert value not in refused({name: value})


class TestFiles:
    def test_a_value_may_come_from_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "token").write_text(f"{SECRET}\n")
        token = load_settings({"MAYFLY_GITHUB__TOKEN_FILE": str(tmp_path / "token")}).github.token
        assert token is not None
        assert token.get_secret_value() == SECRET

    def test_a_file_that_cannot_be_read_is_named(self, tmp_path: Path) -> None:
        told = refused({"MAYFLY_GITHUB__TOKEN_FILE": f"{tmp_path}/none"})
        assert told == f"MAYFLY_GITHUB__TOKEN_FILE: cannot read {tmp_path}/none: No such file or directory"

    def test_a_file_that_is_no_text_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "token").write_bytes(b"\xff\xfe\xff")
        assert refused({"MAYFLY_GITHUB__TOKEN_FILE": str(tmp_path / "token")}).endswith("not text")

    def test_value_and_file_at_once_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "port").write_text("1")
        told = refused({"MAYFLY_WEB__PORT": "2", "MAYFLY_WEB__PORT_FILE": str(tmp_path / "port")})
        assert told == "MAYFLY_WEB__PORT_FILE and MAYFLY_WEB__PORT are both set; keep one"

    def test_a_file_for_no_setting_is_refused(self) -> None:
        assert "MAYFLY_NOTHING_FILE is no setting" in refused({"MAYFLY_NOTHING_FILE": "/dev/null"})


def test_without_a_webhook_secret_no_door_opens() -> None:
    with pytest.raises(ConfigurationError, match="MAYFLY_GITHUB__WEBHOOK_SECRETS is not set"):
        require_webhook_secret(Settings())
    require_webhook_secret(load_settings({"MAYFLY_GITHUB__WEBHOOK_SECRETS": SECRET}))


class TestMasked:
    def test_every_setting_is_shown(self) -> None:
        assert list(masked(Settings())) == setting_names()

    def test_secrets_are_not(self) -> None:
        secrets = ("GITHUB__WEBHOOK_SECRETS", "GITHUB__TOKEN", "GITHUB__PRIVATE_KEY", "SLACK__BOT_TOKEN")
        more = ("SLACK__SIGNING_SECRET", "SLACK__APP_TOKEN")
        shown = masked(load_settings({f"MAYFLY_{name}": SECRET for name in (*secrets, *more)}))
        assert SECRET not in str(shown)
        assert shown["MAYFLY_SLACK__APP_TOKEN"] == "********"

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("sqlite:///mayfly.db", "sqlite:///mayfly.db"),
            ("postgresql://ann@db/x", "postgresql://ann:********@db/x"),
            (f"postgresql://ann:{SECRET}@db/x", "postgresql://ann:********@db/x"),
            (f"postgresql://ann:a@{SECRET}@db/x", "postgresql://ann:********@db/x"),
            (f"postgresql://db/x?password={SECRET}&a=b", "postgresql://db/x?password=********&a=b"),
        ],
    )
    def test_a_database_address_shows_no_password(self, url: str, shown: str) -> None:
        assert masked(load_settings({"MAYFLY_DATABASE_URL": url}))["MAYFLY_DATABASE_URL"] == shown

    def test_values_read_as_they_are_written(self) -> None:
        shown = masked(load_settings({"MAYFLY_AWS__REGIONS": "a,b", "MAYFLY_LIFETIME__IDLE": "48h"}))
        assert (shown["MAYFLY_AWS__REGIONS"], shown["MAYFLY_LIFETIME__IDLE"]) == ("a,b", "2d")
        assert (shown["MAYFLY_LIFETIME__WARNINGS"], shown["MAYFLY_SHARED_TICKETS"]) == ("1d,2h", "false")
        assert shown["MAYFLY_PUBLIC_URL"] == ""


def test_the_lifetime_is_handed_on_as_the_core_reckons_with_it() -> None:
    settings = load_settings(
        {"MAYFLY_LIFETIME__WORKDAYS": "sun-thu", "MAYFLY_LIFETIME__TIMEZONE": "Asia/Jerusalem"}
    ).lifetime.span_of_life()
    assert (settings.idle, settings.longest) == (timedelta(days=3), timedelta(days=14))
    assert (sorted(settings.workdays), str(settings.zone)) == ([0, 1, 2, 3, 6], "Asia/Jerusalem")


@pytest.mark.parametrize(
    ("name", "value"),
    [("WORKDAYS", "monday"), ("TIMEZONE", "Mars/Base"), ("TIMEZONE", "../etc/passwd"), ("TIMEZONE", "")],
    ids=["days", "planet", "path", "empty"],
)
def test_days_and_zones_that_do_not_exist_are_refused(name: str, value: str) -> None:
    assert f"MAYFLY_LIFETIME__{name}: '{value}'" in refused({f"MAYFLY_LIFETIME__{name}": value})
