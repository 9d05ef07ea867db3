"""What a backup consists of."""

from __future__ import annotations

import msgspec

from heeler.backup.manifest import FORMAT, File, Manifest, Part, Table

MADE = Manifest(
    "2026-11-30",
    1_790_000_000.5,
    "0.1.0",
    ["0001", "0002"],
    {
        "points": Table(
            30,
            {
                "p1": Part({"a.bin": File("s1", 10), "b.bin": File("s2", 5)}),
                "p2": Part({"a.bin": File("s1", 10)}),
            },
        ),
        "logs": Table(12, {}, "CREATE TABLE logs"),
    },
    File("db", 100),
)


def test_objects_are_counted_once() -> None:
    assert MADE.files == {"db": 100, "s1": 10, "s2": 5}
    assert sum(MADE.files.values()) == 115


def test_rows_of_all_tables() -> None:
    assert MADE.rows == 42


def test_it_comes_back_from_json() -> None:
    text = msgspec.json.encode(MADE)
    assert msgspec.json.decode(text, type=Manifest) == MADE
    assert msgspec.json.decode(text)["format"] == FORMAT


def test_a_manifest_of_before_formats_had_numbers() -> None:
    document = msgspec.json.decode(msgspec.json.encode(MADE))
    del document["format"]
    del document["tables"]["logs"]["statement"]
    assert msgspec.convert(document, Manifest).format == FORMAT
    assert msgspec.convert(document, Manifest).tables["logs"].statement == ""
