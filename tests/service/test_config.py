"""Configuration: sources, defaults, and error messages."""

from pathlib import Path

import pytest

from service.config import BadSetting, Limits, load

OWN = {
    "KRING_DATABASE_URL": "postgresql://kring:s3cret@db:5432/kring",
    "KRING_REDIS_URL": "redis://:s3cret@valkey:6379/0",
    "KRING_KEYS": "/keys",
}


def test_without_an_environment_everything_is_embedded_below_one_folder() -> None:
    config = load({})
    assert (config.database_url, config.owner_url, config.redis_url) == (None, None, None)
    assert (config.data, config.keys) == (Path(".kring"), Path(".kring/keys"))
    assert config.public_url == "http://127.0.0.1:8016"
    assert config.smtp_url is None


def test_external_servers_are_taken_from_the_environment() -> None:
    config = load(
        {**OWN, "KRING_OWNER_URL": "postgresql://kring_owner:x@db/kring", "KRING_PUBLIC_URL": "https://kring.example/"}
    )
    assert config.database_url == OWN["KRING_DATABASE_URL"]
    assert config.keys == Path("/keys")
    assert config.public_url == "https://kring.example"


def test_explicit_settings_win_unless_they_are_none() -> None:
    config = load({"KRING_PORT": "9000", "KRING_DATA": "/a"}, port=0, data=None)
    assert (config.port, config.data) == (0, Path("/a"))


def test_limits_are_integers() -> None:
    assert load({"KRING_HEADER_TIMEOUT_S": "3"}).limits == Limits(header_timeout_s=3)


def test_an_empty_variable_counts_as_unset() -> None:
    assert load({"KRING_DATABASE_URL": "", "KRING_LOG_LEVEL": " "}).log_level == "info"


@pytest.mark.parametrize("missing", ["KRING_REDIS_URL", "KRING_KEYS"])
def test_an_external_database_requires_its_companion_settings(missing: str) -> None:
    with pytest.raises(BadSetting, match=f"{missing}.*required") as raised:
        load({name: value for name, value in OWN.items() if name != missing})
    assert raised.value.variable == missing


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("KRING_PORT", "eighty"),
        ("KRING_PORT", "65536"),
        ("KRING_PORT", "-1"),
        ("KRING_PORT", "٨"),
        ("KRING_LOG_LEVEL", "loud"),
        ("KRING_MAX_HEADER_BYTES", "0"),
        ("KRING_HEADER_TIMEOUT_S", "2.5"),
        ("KRING_MAX_STREAMS", "many"),
        ("KRING_SMTP_URL", "mail.example.org"),
        ("KRING_SMTP_URL", "smtp://host:notaport"),
        ("KRING_PUBLIC_URL", "ftp://kring.example"),
        ("KRING_MAIL_FROM", "Kring"),
        ("KRING_REDIS_URL", "redis://alone:6379"),
        ("KRING_OWNER_URL", "postgresql://alone/kring"),
        ("KRING_DATABASE_URL", "mysql://db/kring"),
    ],
)
def test_a_wrong_setting_is_named(variable: str, value: str) -> None:
    own = OWN if variable == "KRING_DATABASE_URL" else {}
    with pytest.raises(BadSetting) as raised:
        load({**own, variable: value})
    assert raised.value.variable == variable
    assert variable in str(raised.value)


def test_no_error_or_representation_of_the_configuration_shows_a_password() -> None:
    with pytest.raises(BadSetting) as raised:
        load({**OWN, "KRING_DATABASE_URL": "mysql://kring:s3cret@db/kring"})
    assert "s3cret" not in str(raised.value)
    assert "s3cret" not in repr(load(OWN))
