from __future__ import annotations

from typing import Any

import pytest

from heeler.apm.definitions import VERSIONS, DefinitionError, convert, read

LATEST: dict[str, Any] = {
    "schema-version": "v2.2",
    "dd-service": "shop",
    "team": "payments",
    "application": "store",
    "tier": "1",
    "lifecycle": "production",
    "description": "sells",
    "type": "web",
    "languages": ["python"],
    "contacts": [{"type": "slack", "contact": "#shop"}, {"type": "email", "contact": "a@b.c"}],
    "links": [
        {"name": "Runbook", "type": "runbook", "url": "https://r"},
        {"name": "Code", "type": "repo", "provider": "github", "url": "https://g"},
        {"name": "Guide", "type": "doc", "url": "https://d"},
        {"name": "Chat", "type": "other", "url": "https://c"},
    ],
    "tags": ["a:b"],
    "integrations": {"pagerduty": {"service-url": "https://p"}},
}


def test_a_definition_in_its_own_schema_is_as_it_was_given() -> None:
    assert convert(LATEST, "v2.2") is LATEST


def test_older_schemas_have_places_of_their_own_for_links_and_owners() -> None:
    v2 = convert(LATEST, "v2")
    assert v2["repos"] == [{"name": "Code", "provider": "github", "url": "https://g"}]
    assert v2["docs"] == [{"name": "Guide", "url": "https://d"}]
    assert [one["type"] for one in v2["links"]] == ["runbook", "link"]
    assert v2["integrations"] == {"pagerduty": "https://p"}
    v1 = convert(LATEST, "v1")
    assert v1["info"]["dd-service"] == "shop"
    assert v1["org"] == {"team": "payments", "application": "store"}
    assert v1["contact"] == {"email": "a@b.c", "slack": "#shop"}
    assert {one["type"] for one in v1["external-resources"]} == {"runbook", "repo", "doc", "link"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("back", VERSIONS)
def test_the_service_and_its_team_survive_any_conversion(version: str, back: str) -> None:
    twice = convert(convert(LATEST, version), back)
    latest = convert(twice, "v2.2")
    assert (latest["dd-service"], latest["team"], len(latest["links"])) == ("shop", "payments", 4)
    assert latest["integrations"] == {"pagerduty": {"service-url": "https://p"}}


def test_yaml_and_json_are_read() -> None:
    body = b"schema-version: v2.2\ndd-service: a\n---\nschema-version: v2\ndd-service: b\n"
    assert [one["dd-service"] for one in read(body)] == ["a", "b"]
    assert read(b'{"schema-version": "v1", "info": {"dd-service": "c"}}')[0]["info"] == {"dd-service": "c"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "0 definitions"),
        (b"a: [", "neither JSON nor YAML"),
        (b"3", "must be an object"),
        (b"schema-version: v9\ndd-service: a", "schema-version"),
        (b"schema-version: v2", "dd-service"),
        (b"schema-version: v1\ninfo: 3", "info.dd-service"),
        (b"schema-version: v2\ndd-service: a\ntags: b", "tags"),
        (b"!!python/object/apply:os.system [ls]", "neither JSON nor YAML"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        read(body)
