"""Configuration files of checks: which are read, what is wrong with the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from heeler.agent.collector.check_configs import CheckInstance, Configurations, read_configurations
from heeler.agent.config import Config


def read(folder: Path, **files: str) -> Configurations:
    for name, text in files.items():
        file = folder / "conf.d" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return read_configurations(Config(folder, {"default_checks_enabled": False}))


def names(found: Configurations) -> list[str]:
    return sorted(entry.name for entry in found.instances)


def test_files_and_folders(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        **{
            "a.yaml": "instances: [{}]",
            "b.d/conf.yaml": "instances: [{x: 1}, {x: 2}]",
            "b.d/more.yml": "instances: [{x: 3}]",
            "c.yaml.example": "instances: [{}]",
            "d.d/conf.yaml.default": "instances: [{}]",
            "b.d/conf.yaml.default": "instances: [{never: 1}]",
            "e.yaml": "",
            "other/conf.yaml": "instances: [{}]",
        },
    )
    assert names(found) == ["a", "b", "b", "b", "d"]
    assert found.errors == {}
    assert found.instances[0].source == f"file:{tmp_path}/conf.d/a.yaml[0]"


def test_each_bad_file_is_told_and_stops_nothing_else(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        **{
            "good.yaml": "instances: [null]",
            "broken.yaml": "a: [1",
            "empty.yaml": "init_config:\n",
            "mapping.yaml": "instances: {a: 1}",
            "text.yaml": "instances: [hello]",
            "list.yaml": "- a",
            "docker.yaml": "docker_images: [x]\ninstances: [{}]",
            "template.d/auto_conf.yaml": "ad_identifiers: [redis]\ninstances: [{}]",
        },
    )
    assert names(found) == ["good"]
    reasons = {Path(path).name: reason for path, reason in found.errors.items()}
    assert set(reasons) == {
        "broken.yaml",
        "empty.yaml",
        "mapping.yaml",
        "text.yaml",
        "list.yaml",
        "docker.yaml",
    }
    assert reasons["empty.yaml"] == "Configuration file contains no valid instances"
    assert "must be a list" in reasons["mapping.yaml"]
    assert "ad_identifiers" in next(iter(found.notes.values()))


def test_environment_is_put_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "sesame")
    found = read(
        tmp_path,
        **{
            "a.yaml": "instances: [{p: 'x-%%env_DB_PASSWORD%%'}]",
            "b.yaml": "instances: [{p: '%%env_NOPE%%'}]",
        },
    )
    assert found.instances[0].instance["p"] == "x-sesame"
    assert "NOPE is not set" in next(iter(found.errors.values()))


def test_equal_configurations_run_once(tmp_path: Path) -> None:
    found = read(tmp_path, **{"a.yaml": "instances: [{x: 1}, {x: 1}]"})
    assert len(found.instances) == 1


def test_default_checks_give_way_to_configured_ones(tmp_path: Path) -> None:
    read(tmp_path, **{"disk.yaml": "instances: [{use_mount: true}]"})
    found = read_configurations(Config(tmp_path, {}))
    assert [entry.instance for entry in found.instances if entry.name == "disk"] == [{"use_mount": True}]
    assert "cpu" in names(found)


@pytest.mark.parametrize(
    ("given", "interval"), [(None, 15.0), (0, 15.0), (45, 45.0), ("30", 30.0), ("x", 15.0)]
)
def test_interval(given: object, interval: float) -> None:
    assert CheckInstance("a", {}, {"min_collection_interval": given}, "").interval == interval


def test_ids_name_check_instance_and_configuration() -> None:
    one = CheckInstance("redisdb", {}, {"name": "cache", "port": 1}, "")
    other = CheckInstance("redisdb", {}, {"name": "cache", "port": 2}, "")
    assert one.check_id.startswith("redisdb:cache:")
    assert one.check_id != other.check_id
    assert CheckInstance("a", {"service": "x"}, {"service": "y"}, "").tags == ("service:y",)
