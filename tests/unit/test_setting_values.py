from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.setting_values import choice
from heeler.settings import Settings, SettingsError

_HOME = {"HOME": "/nowhere"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("HEELER_MAX_BODY", "-5", "whole number of 1024 or more"),
        ("HEELER_MAX_BODY", "12MB", "whole number"),
        ("HEELER_MAX_INFLATED", "0", "whole number of 1024 or more"),
        ("HEELER_DISK_FLOOR", "-1", "whole number of 0 or more"),
        ("HEELER_RETENTION_BYTES", "1e9", "whole number"),
        ("HEELER_LOG_RETENTION_DAYS", "0", "from 1 to 36500"),
        ("HEELER_MONITOR_INTERVAL", "0", "seconds from 1 to 3600"),
        ("HEELER_MONITOR_INTERVAL", "nan", "seconds from 1 to 3600"),
        ("HEELER_SMTP", "foo", "smtp://"),
        ("HEELER_SMTP", "smtp://host:99999", "smtp://"),
        ("HEELER_STORE", "zzz", "chdb:///"),
        ("HEELER_STORE", "chdb://relative/path", "chdb:///"),
        ("HEELER_STORE", "clickhouse://me:pw@", "chdb:///"),
        ("HEELER_STORE", "clickhouse://a,b:99999/heeler", "chdb:///"),
        ("HEELER_STORE", "clickhouse://a/heeler?cluster=", "name of the cluster"),
        ("HEELER_STORE", "clickhouse://a/heeler?shards=3", "'shards' is not known"),
        ("HEELER_DATABASE", "nope://x", "postgresql://"),
        ("HEELER_DATABASE", "sqlite://", "sqlite:///path"),
        ("HEELER_DATABASE", "postgresql:///x", "postgresql://"),
        ("HEELER_PUBLIC_URL", "heeler.example.com", "https://"),
        ("HEELER_PUBLIC_URL", "http://[bad/", "https://"),
        ("HEELER_MAIL_FROM", "me", "email address"),
        ("HEELER_ADMIN_EMAIL", "a@b@c", "email address"),
        ("HEELER_ADMIN_PASSWORD", "short", "8 to 1024"),
        ("HEELER_API_KEY", "no spaces allowed", "letters"),
        ("HEELER_LISTEN", "127.0.0.1:70000", "host:port"),
        ("HEELER_TRUSTED_PROXIES", "10.0.0.0/8, proxy", "networks"),
        ("HEELER_PRIVATE_TARGETS", "http://hooks", "host names"),
        ("HEELER_MAIL_DOMAINS", "example.com, a b", "mail domains"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_name_and_what_is_expected(
    name: str, value: str, expected: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({**_HOME, name: value})
    assert name in str(refused.value)
    assert expected in str(refused.value)


def test_a_refusal_does_not_repeat_passwords() -> None:
    for name, value in (
        ("HEELER_SMTP", "smtp://me:hunter22@host:x"),
        ("HEELER_DATABASE", "mysql://me:hunter22@host/db"),
        ("HEELER_API_KEY", "hunter22"),
    ):
        with pytest.raises(SettingsError) as refused:
            Settings.from_env({**_HOME, name: value})
        assert "hunter22" not in str(refused.value)


def test_good_settings_are_read() -> None:
    read = Settings.from_env(
        {
            **_HOME,
            "HEELER_TRUSTED_PROXIES": "10.0.0.1, fd00::/8",
            "HEELER_PRIVATE_TARGETS": "Hooks.internal, 10.1.0.0/16",
            "HEELER_MAIL_DOMAINS": "@Example.com, example.org",
            "HEELER_MAIL_FROM": "Heeler <heeler@example.com>",
            "HEELER_MONITOR_INTERVAL": "1.5",
            "HEELER_DATABASE": "postgresql://me:pw@/heeler?host=/run/pg".replace("@/", "@db/"),
            "HEELER_STORE": "clickhouse://user:pw@host",
        }
    )
    assert [str(network) for network in read.trusted_proxies] == ["10.0.0.1/32", "fd00::/8"]
    assert read.private_targets == ("hooks.internal", "10.1.0.0/16")
    assert read.mail_domains == ("example.com", "example.org")
    assert read.monitor_interval == 1.5


NAMES = (
    "MAX_BODY",
    "SMTP",
    "STORE",
    "DATABASE",
    "PUBLIC_URL",
    "TRUSTED_PROXIES",
    "PRIVATE_TARGETS",
    "LISTEN",
)


@given(st.text(max_size=30), st.sampled_from(NAMES))
def test_any_text_is_read_or_refused_in_one_way(text: str, name: str) -> None:
    with contextlib.suppress(SettingsError):
        Settings.from_env({**_HOME, f"HEELER_{name}": text})


def test_a_choice_is_one_of_the_known_words() -> None:
    assert choice({}, "HEELER_LOG_FORMAT", ("text", "json")) == "text"
    assert choice({"HEELER_LOG_FORMAT": " JSON "}, "HEELER_LOG_FORMAT", ("text", "json")) == "json"
    with pytest.raises(SettingsError, match=r"Invalid HEELER_LOG_FORMAT: 'xml'\. Expected one of text, json"):
        Settings.from_env({"HEELER_LOG_FORMAT": "xml"})
    with pytest.raises(SettingsError, match=r"Expected one of debug, info, warning, error"):
        Settings.from_env({"HEELER_LOG_LEVEL": "loud"})
