from __future__ import annotations

from typing import Any

import pytest

from heeler.agent.reports.configcheck import scrub, scrub_urls


@pytest.mark.parametrize(
    "tree",
    [
        {"password": "hunter2"},
        {"password": 11223344},
        {"passphrase": "hunter2"},
        {"auth_token": {"reader": {"type": "file", "value": "hunter2"}}},
        {"credentials": [{"value": "hunter2"}]},
        {"headers": {"Authorization": "Basic hunter2"}},
        {"privKey": "hunter2"},
        {"authKey": "hunter2"},
        {"account_key": "hunter2"},
        {"community_string": "hunter2"},
        {"url": "redis://:hunter2@host:6379/0"},
        {"url": "http://user:hunt@er2@host/path"},
        {"urls": ["amqp://u:hunter2@host"]},
        {"cert": "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----"},
    ],
)
def test_secrets_are_gone(tree: dict[str, Any]) -> None:
    shown = str(scrub(tree))
    for part in ("hunter2", "er2@", "11223344"):
        assert part not in shown, shown


def test_what_is_no_secret_stays() -> None:
    tree = {
        "url": "http://host:80/a:b@c", "user": "datadog", "port": 5432, "tls_verify": True, "password": "",
        "use_token": True, "tags": ["a:b"], "empty": None,
    }  # fmt: skip
    assert scrub(tree) == tree
    assert scrub_urls("see http://user@host/x and mail a:b@c") == "see http://user@host/x and mail a:b@c"


def test_keys_keep_their_end() -> None:
    assert scrub({"api_key": "0123456789abcdef"}) == {"api_key": "********bcdef"}
    assert scrub({"api_key": "short"}) == {"api_key": "********"}
