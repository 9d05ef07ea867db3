"""What a reload renews: only what a change concerns."""

from __future__ import annotations

from pathlib import Path

import pytest

from heeler.agent.config import Config
from heeler.agent.config_digests import file_digest, inputs_of_components

ALL = {"dogstatsd", "trace", "logs", "collector", "processes", "supervisor"}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    assert before.keys() == after.keys() == ALL | {"files"}
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("setting", "components"),
    [
        ("dogstatsd_port", {"dogstatsd"}),
        ("use_dogstatsd", {"dogstatsd"}),
        ("apm_config.ignore_resources", {"trace"}),
        ("otlp_config.receiver.protocols.grpc.endpoint", {"trace"}),
        ("logs_enabled", {"logs"}),
        ("logs_config.batch_wait", {"logs"}),
        ("check_runners", {"collector"}),
        ("process_config.scrub_args", {"processes"}),
        ("autoconf_template_dir", {"supervisor"}),
        ("api_key", ALL),
        ("dd_url", ALL),
        ("tags", ALL),
        ("hostname", ALL),
        ("log_level", ALL),
        ("a_setting_that_nobody_knows", ALL),
    ],
)
def test_a_setting_concerns_its_component_or_all(tmp_path: Path, setting: str, components: set[str]) -> None:
    before = inputs_of_components(Config(tmp_path, {setting: "a"}))
    assert changed(before, inputs_of_components(Config(tmp_path, {setting: "b"}))) == components
    assert changed(before, inputs_of_components(Config(tmp_path, {setting: "a"}))) == set()


def test_the_order_of_settings_is_no_change(tmp_path: Path) -> None:
    one = inputs_of_components(Config(tmp_path, {"tags": ["a"], "env": "x"}))
    assert changed(one, inputs_of_components(Config(tmp_path, {"env": "x", "tags": ["a"]}))) == set()


@pytest.mark.parametrize(
    ("file", "components"),
    [
        ("conf.d/nginx.yaml", {"collector", "logs", "files"}),
        ("conf.d/nginx.d/conf.yml", {"collector", "logs", "files"}),
        ("conf.d/nginx.d/conf.yaml.default", {"collector", "logs", "files"}),
        ("checks.d/mine.py", {"collector", "files"}),
        ("checks.d/deep/mine.py", {"collector", "files"}),
        ("datadog.yaml", {"files"}),
        ("conf.d/README.txt", set()),
        ("other/file.yaml", set()),
    ],
)
def test_files_concern_those_that_read_them(tmp_path: Path, file: str, components: set[str]) -> None:
    config, path = Config(tmp_path, {}), tmp_path / file
    before = inputs_of_components(config)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a: 1")
    first = inputs_of_components(config)
    path.write_text("a: 2")
    second = inputs_of_components(config)
    path.unlink()
    after = inputs_of_components(config)
    wanted = components | ({"files"} & components)
    assert changed(before, first) == changed(first, second) == changed(second, after) == wanted


def test_a_file_that_is_renamed_is_a_change(tmp_path: Path) -> None:
    config = Config(tmp_path, {})
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "a.yaml").write_text("x")
    before = file_digest(config)
    (tmp_path / "conf.d" / "a.yaml").rename(tmp_path / "conf.d" / "b.yaml")
    assert file_digest(config) != before


def test_content_that_moves_between_files_is_a_change(tmp_path: Path) -> None:
    config = Config(tmp_path, {})
    (tmp_path / "conf.d").mkdir()
    one, two = tmp_path / "conf.d" / "a.yaml", tmp_path / "conf.d" / "b.yaml"
    one.write_text("xy")
    two.write_text("")
    before = file_digest(config)
    one.write_text("x")
    two.write_text("y")
    assert file_digest(config) != before
