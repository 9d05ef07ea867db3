"""Mapper, namespace and filter lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from heeler.agent.config import Config, ConfigError
from heeler.agent.dogstatsd.naming import Naming

JOBS = {
    "name": "jobs",
    "prefix": "job.",
    "mappings": [
        {"match": "job.*.time.*", "name": "job.time", "tags": {"kind": "$1", "step": "${2}"}},
    ],
}


def naming(tmp_path: Path, **settings: object) -> Naming:
    return Naming(Config(tmp_path, settings))


def test_namespace_mapper_and_blocklist(tmp_path: Path) -> None:
    one = naming(
        tmp_path,
        statsd_metric_namespace="shop",
        statsd_metric_blocklist=["shop.secret"],
        dogstatsd_mapper_profiles=[JOBS],
    )
    assert one.apply("hits") == ("shop.hits", ())
    assert one.apply("airflow.x") == ("airflow.x", ())
    assert one.apply("secret") is None
    assert one.blocked == {"shop.secret": 1}
    assert one.apply("job.mail.time.send") == ("shop.job.time", ("kind:mail", "step:send"))


def test_the_newer_filter_list_takes_precedence(tmp_path: Path) -> None:
    one = naming(
        tmp_path,
        statsd_metric_blocklist=["old"],
        metric_filterlist=["new."],
        metric_filterlist_match_prefix=True,
    )
    assert one.apply("old") == ("old", ())
    assert one.apply("new.metric") is None


def test_tags_of_a_metric_are_filtered(tmp_path: Path) -> None:
    one = naming(
        tmp_path,
        metric_tag_filterlist=[
            {"metric_name": "a", "action": "exclude", "tags": ["user"]},
            {"metric_name": "b", "action": "include", "tags": ["env"]},
        ],
    )
    tags = ("user:1", "env:x", "plain")
    assert one.filter_tags("a", tags) == ("env:x", "plain")
    assert one.filter_tags("b", tags) == ("env:x",)
    assert one.filter_tags("c", tags) == tags


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (
            "dogstatsd_mapper_profiles",
            [{"prefix": "*", "mappings": [{"match": "a(", "name": "x"}]}],
            "no wildcard",
        ),
        ("metric_tag_filterlist", [{"metric_name": "a"}], "needs metric_name and tags"),
        (
            "metric_tag_filterlist",
            [{"metric_name": "a", "action": "x", "tags": []}],
            "include or exclude",
        ),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, key: str, value: object, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        naming(tmp_path, **{key: value})
