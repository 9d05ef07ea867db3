"""Rules that drop traces or rewrite tags."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from heeler.agent.config import Config, ConfigError
from heeler.agent.trace.filters import Filters, filters_from
from tests.unit.agent.trace.spans import chunk, span


def made(tmp_path: Path, **settings: Any) -> Filters:
    return filters_from(Config(tmp_path, {f"apm_config.{name}": value for name, value in settings.items()}))


def rewritten(tmp_path: Path, *rules: dict[str, Any], **span_values: Any) -> Any:
    one = span(**span_values)
    made(tmp_path, replace_tags=list(rules)).rewrite(one)
    return one


@pytest.mark.parametrize(
    ("patterns", "resource", "dropped"),
    [
        (["GET /health"], "GET /healthz", True),
        (["^GET /health$"], "GET /healthz", False),
        (["a", "^(GET|POST) /h"], "POST /h", True),
        ([], "GET /", False),
        ("GET", "GET /", True),
    ],
)
def test_resources_that_are_ignored(tmp_path: Path, patterns: Any, resource: str, dropped: bool) -> None:
    filters = made(tmp_path, ignore_resources=patterns)
    assert filters.refuses(chunk(span(resource=resource))) == ("ignored_resource" if dropped else "")


def test_the_root_decides(tmp_path: Path) -> None:
    filters = made(tmp_path, ignore_resources=["SELECT"])
    query = span(2, 1, resource="SELECT 1")
    assert filters.refuses(chunk(query, span(1))) == ""
    assert filters.refuses(chunk(span(1, resource="SELECT 1"), span(2, 1))) == "ignored_resource"


@pytest.mark.parametrize(
    ("tags", "meta", "metrics", "has"),
    [
        (["env"], {"env": "prod"}, {}, True),
        (["env"], {}, {}, False),
        (["env:prod"], {"env": "prod"}, {}, True),
        (["env:prod"], {"env": "production"}, {}, False),
        (["env:prod", "team"], {"env": "prod"}, {}, False),
        (["url:http://a"], {"url": "http://a"}, {}, True),
        ([" env : prod "], {"env": "prod"}, {}, True),
        (["http.status_code:200"], {}, {"http.status_code": 200.0}, True),
        (["process_id:1234567"], {}, {"process_id": 1234567.0}, True),
        (["rate:0.5"], {}, {"rate": 0.5}, True),
        (["n:1e3"], {}, {"n": 1000.0}, False),
        (["empty:"], {"empty": ""}, {}, True),
    ],
)
def test_tags_that_are_required_or_rejected(
    tmp_path: Path, tags: list[str], meta: dict[str, str], metrics: dict[str, float], has: bool
) -> None:
    one = chunk(span(meta=meta, metrics=metrics))
    required = made(tmp_path, **{"filter_tags.require": tags})
    assert required.refuses(one) == ("" if has else "tag_missing")
    if len(tags) == 1:
        rejected = made(tmp_path, **{"filter_tags.reject": tags})
        assert rejected.refuses(one) == ("tag_rejected" if has else "")


def test_any_rejected_tag_is_enough(tmp_path: Path) -> None:
    filters = made(tmp_path, **{"filter_tags.reject": ["a", "b:2"]})
    assert filters.refuses(chunk(span(meta={"b": "2"}))) == "tag_rejected"
    assert filters.refuses(chunk(span(meta={"b": "1"}))) == ""


def test_a_tag_is_replaced_by_its_name(tmp_path: Path) -> None:
    one = rewritten(
        tmp_path,
        {"name": "http.url", "pattern": r"token/([^/]*)", "repl": "token/?"},
        meta={"http.url": "/token/abc/x/token/def", "other": "token/abc"},
    )
    assert one.meta == {"http.url": "/token/?/x/token/?", "other": "token/abc"}


def test_all_tags_but_the_tracers_own(tmp_path: Path) -> None:
    one = rewritten(
        tmp_path,
        {"name": "*", "pattern": "secret", "repl": "?"},
        resource="GET /secret",
        meta={"a": "a secret", "_dd.p.dm": "secret"},
    )
    assert (one.resource, one.meta) == ("GET /?", {"a": "a ?", "_dd.p.dm": "secret"})


def test_the_resource(tmp_path: Path) -> None:
    one = rewritten(
        tmp_path, {"name": "resource.name", "pattern": r"(.*)\?.*", "repl": "$1"}, resource="GET /a?b=c"
    )
    assert one.resource == "GET /a"


@pytest.mark.parametrize(
    ("repl", "wanted"),
    [
        ("$1", "ab"),
        ("${1}_x", "ab_x"),
        ("$1_x", ""),
        ("$2", ""),
        ("${name}", ""),
        ("$$", "$"),
        (r"\1", r"\1"),
        (None, ""),
        (5, "5"),
    ],
)
def test_what_replaces_may_name_groups_that_are_none(tmp_path: Path, repl: Any, wanted: str) -> None:
    one = rewritten(tmp_path, {"name": "tag", "pattern": r"^(\w+)!$", "repl": repl}, meta={"tag": "ab!"})
    assert one.meta == {"tag": wanted}


def test_without_a_replacement_the_match_is_removed(tmp_path: Path) -> None:
    assert rewritten(tmp_path, {"name": "tag", "pattern": "b"}, meta={"tag": "abc"}).meta == {"tag": "ac"}


def test_rules_are_applied_in_their_order(tmp_path: Path) -> None:
    rules = [{"name": "t", "pattern": "a", "repl": "b"}, {"name": "t", "pattern": "b", "repl": "c"}]
    assert rewritten(tmp_path, *rules, meta={"t": "a"}).meta == {"t": "c"}


@pytest.mark.parametrize(
    "settings",
    [
        {"ignore_resources": ["("]},
        {"replace_tags": [{"name": "a", "pattern": "[", "repl": ""}]},
        {"replace_tags": [{"pattern": "a"}]},
        {"replace_tags": [{"name": "a"}]},
        {"replace_tags": ["a"]},
    ],
)
def test_rules_that_are_none_are_refused_by_their_setting(tmp_path: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"apm_config.{next(iter(settings))}"):
        made(tmp_path, **settings)
