"""Saved offsets."""

from __future__ import annotations

from pathlib import Path

from heeler.agent.logs.registry import Registry


def test_offsets_survive(tmp_path: Path) -> None:
    file = tmp_path / "registry.json"
    registry = Registry(file)
    registry.set("1:2", "/app.log", 42, fingerprint="3:abc")
    registry.set("journald:default", "journald:default", cursor="s=1")
    registry.save()
    again = Registry(file)
    entry, journal = again.get("1:2"), again.get("journald:default")
    assert entry
    assert journal
    assert (entry.path, entry.offset, entry.fingerprint) == ("/app.log", 42, "3:abc")
    assert journal.cursor == "s=1"
    assert again.get("1:3") is None
    assert list(again.of_path("/app.log")) == ["1:2"]
    file.write_text("{broken")
    assert Registry(file).get("1:2") is None


def test_entries_of_live_files_are_kept_however_old(tmp_path: Path) -> None:
    file = tmp_path / "registry.json"
    file.write_text('{"Registry": {"1:1": {"Path": "/a", "Offset": 1}, "1:2": {"Path": "/b", "Offset": 2}}}')
    registry = Registry(file)
    registry.set("1:3", "/c", 3)
    registry.save(live={"1:1"})
    again = Registry(file)
    assert again.get("1:1")
    assert again.get("1:2") is None
    assert again.get("1:3")
