"""One setting is changed in the file; the rest of it stays, comments included."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.config import ConfigError
from heeler.agent.edit_config import edited, set_setting

FILE = """\
# The agent.
api_key: abc  # a key
tags:
  - env:dev
  - team:web

logs_config:
    # every five seconds
    batch_wait: 5
    processing_rules:
    - type: exclude_at_match

# log_level: debug
dogstatsd_port: 8125
"""


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("api_key", "other"),
        ("tags", ["env:prod"]),
        ("logs_config.batch_wait", 1),
        ("logs_config.use_compression", False),
        ("logs_config.processing_rules", []),
        ("apm_config.env", "prod"),
        ("log_level", "debug"),
        ("dogstatsd_port", 9125),
    ],
)
def test_a_setting_is_changed_and_the_rest_stays(key: str, value: object) -> None:
    after = edited(FILE, key, value)
    expected = yaml.safe_load(FILE)
    place = expected
    *groups, name = key.split(".")
    for group in groups:
        place = place.setdefault(group, {})
    place[name] = value
    assert yaml.safe_load(after) == expected
    assert "# The agent." in after
    assert "# log_level: debug" in after
    assert edited(after, key, value) == after


@given(
    st.dictionaries(
        st.sampled_from("abc"), st.dictionaries(st.sampled_from("xyz"), st.integers()), max_size=3
    )
)
def test_a_file_is_edited_right_or_refused(tree: dict[str, dict[str, int]]) -> None:
    text = yaml.safe_dump(tree, default_flow_style=False)
    try:
        after = yaml.safe_load(edited(text, "a.x", 7))
    except ConfigError:
        return
    assert after == {**tree, "a": {**tree.get("a", {}), "x": 7}}


def test_what_the_agent_could_not_use_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "datadog.yaml"
    file.write_text("api_key: k\n")
    for key, text, said in (
        ("dogstatd_port", "1", "did you mean dogstatsd_port"),
        ("expvar_port", "1", "is not used by Heeler"),
        ("dogstatsd_port", "many", "which is no int"),
        ("tags", "[", "is no value"),
    ):
        with pytest.raises(ConfigError, match=said):
            set_setting(tmp_path, key, text)
    assert file.read_text() == "api_key: k\n"
    assert set_setting(tmp_path, "dogstatsd_port", "9125") == 9125
    assert file.read_text() == "api_key: k\ndogstatsd_port: 9125\n"
