"""The page of processors names each type with all fields that the code reads."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from heeler.logs.pipelines import processors
from heeler.logs.pipelines.processors import PROCESSORS

PAGE = (Path(__file__).parents[4] / "docs" / "log-processors.md").read_text()
ROWS = dict(re.findall(r"^\| `([a-z-]+)` \|(.*)$", PAGE, re.MULTILINE))
READERS = ("text_of", "texts_of", "flag", "list_in")


def fields_of(kind: str) -> Iterator[str]:
    """Fields of the document that the function of a type reads."""
    function = PROCESSORS[kind]
    if function.__module__ != processors.__name__ or function.__name__ == "<lambda>":
        return
    for node in ast.walk(ast.parse(inspect.getsource(function))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        arguments = node.args[1:2] if name in READERS else node.args[:1] if name == "get" else []
        of_document = name in READERS or (
            isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "document"
        )
        if of_document and arguments and isinstance(arguments[0], ast.Constant):
            yield str(arguments[0].value)


def test_every_type_is_there_and_no_other() -> None:
    assert set(ROWS) == {*PROCESSORS, "pipeline"}


@pytest.mark.parametrize("kind", PROCESSORS)
def test_every_field_is_named(kind: str) -> None:
    assert [name for name in fields_of(kind) if name not in ROWS[kind]] == []


def test_the_fields_are_found() -> None:
    assert set(fields_of("arithmetic-processor")) == {"target", "expression", "is_replace_missing"}
    assert "default_lookup" in list(fields_of("lookup-processor"))
