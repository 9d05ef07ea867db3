"""The modules that checks of the Agent import."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from heeler.agent.config import Config
from heeler.agent.runtime import injected_modules
from heeler.agent.runtime.check_bridge import Bridge


class Box:
    def __init__(self, folder: Path, **settings: Any) -> None:
        self.bridge = Bridge(Config(folder, settings), "web-1", clock=lambda: 1000.0)
        self.aggregator: Any = injected_modules._aggregator(self.bridge)
        self.agent: Any = injected_modules._datadog_agent(self.bridge)

    def submit(self, kind: str, name: str, value: float, tags: Any = (), host: str = "") -> None:
        self.aggregator.submit_metric(
            None,
            "c:1",
            getattr(self.aggregator, kind),
            name,
            value,
            list(tags) if tags is not None else None,
            host,
        )


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_metrics_of_every_kind_have_the_numbers_of_the_agent(box: Box) -> None:
    names = ("GAUGE", "RATE", "COUNT", "MONOTONIC_COUNT", "COUNTER", "HISTOGRAM", "HISTORATE")
    assert [getattr(box.aggregator, name) for name in names] == list(range(7))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_are_left_out(box: Box, value: float) -> None:
    box.submit("GAUGE", "m", value)
    assert len(box.bridge.inboxes()) == 0


def test_tags_that_are_no_list_are_refused(box: Box) -> None:
    for tags in ("env:prod", b"x", 5, {"a": 1}):
        with pytest.raises(TypeError):
            box.aggregator.submit_metric(None, "c:1", 0, "m", 1.0, tags, "")
    box.submit("GAUGE", "m", 1.0, None)
    box.submit("GAUGE", "m", 1.0, ["a:b", 5, None])
    assert [one.check_id for one in box.bridge.inboxes()] == ["c:1"]


def test_events_and_service_checks(box: Box) -> None:
    box.aggregator.submit_service_check(None, "c:1", "up", 2, ["a:b"], "", "down")
    box.aggregator.submit_event(None, "c:1", {"msg_title": "t"})
    with pytest.raises(TypeError):
        box.aggregator.submit_event(None, "c:1", "text")
    (run,), (event,) = box.bridge.take_service_checks(), box.bridge.take_events()
    assert (run["check"], run["status"], run["host_name"], run["tags"], run["message"]) == (
        "up",
        2,
        "web-1",
        ["a:b"],
        "down",
    )
    assert (event["msg_title"], event["host"], event["timestamp"]) == ("t", "web-1", 1000)


def test_settings_are_answered(tmp_path: Path) -> None:
    box = Box(tmp_path, hostname="x", **{"proxy.http": "http://p:1"})
    assert box.agent.get_config("hostname") == "x"
    assert box.agent.get_config("proxy")["http"] == "http://p:1"
    assert Box(tmp_path).agent.get_config("proxy") is None
    assert box.agent.get_config("enable_metadata_collection") is True
    assert box.agent.get_config("nobody.knows") is None
    assert (box.agent.get_hostname(), box.agent.get_clustername()) == ("web-1", "")
    json.loads(box.agent.get_host_tags())


def test_headers(box: Box) -> None:
    assert box.agent.headers()["User-Agent"].startswith("Datadog Agent/7.")
    assert box.agent.headers(None, "example.com")["Host"] == "example.com"
    assert "Host" not in box.agent.headers()


def test_external_tags_replace_those_of_before(box: Box) -> None:
    box.agent.set_external_tags([("h1", {"aws": ["a:b"]}), ("h2", {})])
    box.agent.set_external_tags([("h1", {"aws": ["c:d", 5]})])
    assert box.bridge.external_tags == {"h1": {"aws": ["c:d"]}, "h2": {}}
    for wrong in ({}, "x", [("h", [])], [(5, {})]):
        with pytest.raises(TypeError):
            box.agent.set_external_tags(wrong)


def test_values_that_checks_keep(box: Box) -> None:
    assert box.agent.read_persistent_cache("k") == ""
    box.agent.write_persistent_cache("k", "v")
    assert box.agent.read_persistent_cache("k") == "v"


def test_small_modules_are_whole() -> None:
    found = {module.__name__: module for module in (*injected_modules._small(), injected_modules._tagger())}
    assert all(isinstance(module, ModuleType) for module in found.values())
    assert {"_util", "util", "kubeutil", "containers", "tagger"} == set(found)
    assert found["tagger"].tag("x", 0) == []
    assert found["containers"].is_excluded("a", "b") is False
