"""Bodies of the API: what of them costs much is refused before it does, and read beside the event loop."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import heeler
from heeler.api.request_bodies import (
    MAX_API_CONTAINERS,
    MAX_YAML_DEPTH,
    MAX_YAML_VALUES,
    nested_json,
    yaml_documents,
)
from heeler.wire.body_limits import LimitExceeded

_SOURCES = Path(heeler.__file__).parent
#: What reads a body without decoding it, or is what others read bodies by.
_ALLOWED = {"api/request_bodies.py", "server/api_request.py", "events/routes.py", "intake/flare.py"}


def test_documents_of_yaml_and_json_are_read() -> None:
    assert yaml_documents(b'a: &x [1, 2]\nb: *x\n---\n---\n{"c": 1}') == [
        {"a": [1, 2], "b": [1, 2]},
        {"c": 1},
    ]
    with pytest.raises(yaml.YAMLError):
        yaml_documents("a: [")


def test_aliases_of_aliases_are_counted_as_what_they_stand_for() -> None:
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 20)]
    with pytest.raises(LimitExceeded, match="values"):
        yaml_documents("\n".join(lines))
    with pytest.raises(LimitExceeded, match="values"):
        yaml_documents("a: &a [*a]")


def test_many_values_are_refused() -> None:
    assert len(yaml_documents("- a\n" * (MAX_YAML_VALUES - 1))[0]) == MAX_YAML_VALUES - 1
    for text in ("- a\n" * (MAX_YAML_VALUES + 1), "[" + "{}," * 90_000 + "{}]"):
        with pytest.raises(LimitExceeded, match="values"):
            yaml_documents(text)


@pytest.mark.parametrize("text", ["[", "{a: ", "- ", "? "])
def test_a_deep_document_does_not_end_the_process(text: str) -> None:
    """The parser recurses in C: 90,000 levels are a segmentation fault."""
    with pytest.raises(LimitExceeded, match="levels"):
        yaml_documents(text * (MAX_YAML_DEPTH + 1))
    call = f"from heeler.api.request_bodies import yaml_documents as y; y({text!r} * 90_000)"
    ended = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "LimitExceeded" in ended.stderr


def test_json_in_json_is_bounded() -> None:
    assert nested_json('{"a": [1]}') == {"a": [1]}
    for text in ("{", "[" * 90_000, "[" + "{}," * MAX_API_CONTAINERS + "{}]"):
        with pytest.raises(ValueError):
            nested_json(text)
    assert json.loads("[]") == nested_json("[]")


def test_nothing_else_decodes_bodies_on_the_event_loop() -> None:
    found = {
        str(path.relative_to(_SOURCES))
        for path in _SOURCES.rglob("*.py")
        if re.search(r"await request\.(body|stream)\(", path.read_text())
        and not re.search(r"await request\.json\(\) if await request\.body\(\)", path.read_text())
    }
    assert found <= _ALLOWED
