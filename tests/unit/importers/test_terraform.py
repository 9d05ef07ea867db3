from __future__ import annotations

from heeler.importers.terraform import local_names, resource


def test_names_are_unique_and_valid() -> None:
    names = local_names({"monitors": [("1", "CPU high!"), ("2", "CPU: high"), ("3", "9 lives"), ("4", "")]})
    assert list(names.values()) == ["cpu_high", "cpu_high_2", "_9_lives", "unnamed"]


def test_texts_are_quoted_and_ids_become_references() -> None:
    names = local_names({"monitors": [("1", "a"), ("2", "b")]})
    item = {"id": 2, "name": "b", "type": "composite", "query": "1 && 5", "message": 'say "${x}" %{y}\n'}
    text = resource("monitors", "2", item, names) or ""
    assert 'resource "datadog_monitor_json" "b" {' in text
    assert "${datadog_monitor_json.a.id} && 5" in text
    assert r"say \\\"$${x}\\\" %%{y}\\n" in text
    assert text.endswith('import {\n  to = datadog_monitor_json.b\n  id = "2"\n}\n')


def test_numbers_that_are_ids_become_references() -> None:
    names = local_names({"monitors": [("1", "a")], "service_level_objectives": [("s", "up")]})
    item = {"id": "s", "name": "up", "type": "monitor", "monitor_ids": [1, 5], "thresholds": []}
    text = resource("service_level_objectives", "s", item, names) or ""
    assert "monitor_ids = [datadog_monitor_json.a.id, 5]" in text


def test_a_kind_without_a_resource_type() -> None:
    assert resource("notebooks", "1", {}, {("notebooks", "1"): "x"}) is None
