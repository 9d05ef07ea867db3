"""Validation of notebooks: only cells that could never be displayed are rejected, with their path."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator, Mapping
from typing import Any

MAX_CELLS = 500
MAX_NAME = 80
KINDS = ("documentation", "investigation", "postmortem", "report", "runbook")
_FLAGS = ("is_favorite", "is_template", "take_snapshots")
_ID = string.ascii_lowercase + string.digits


def problems(attributes: Mapping[str, Any]) -> list[str]:
    """All validation errors of a notebook's attributes; empty if valid."""
    return [*_head(attributes), *_cells(attributes.get("cells"))]


def _head(attributes: Mapping[str, Any]) -> Iterator[str]:
    name = attributes.get("name")
    if not isinstance(name, str) or len(name) > MAX_NAME:
        yield f"Invalid 'name'. Expected a string of at most {MAX_NAME} characters"
    yield from _time(attributes.get("time"))
    tags, variables = attributes.get("tags"), attributes.get("template_variables")
    if tags is not None and not (isinstance(tags, list) and all(isinstance(one, str) for one in tags)):
        yield "Invalid 'tags'. Expected a list of strings"
    if variables is not None and not (
        isinstance(variables, list) and all(isinstance(one, dict) for one in variables)
    ):
        yield "Invalid 'template_variables'. Expected a list of objects"
    metadata = attributes.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        yield "Invalid 'metadata'. Expected an object"
    elif metadata and metadata.get("type") not in (None, *KINDS):
        yield f"Invalid 'metadata.type': {metadata['type']!r}. Expected one of {', '.join(KINDS)}"
    for name in _FLAGS:
        if isinstance(metadata, dict) and not isinstance(metadata.get(name), bool | None):
            yield f"Invalid 'metadata.{name}'. Expected true or false"
    if attributes.get("status") not in (None, "published"):
        yield f"Invalid 'status': {attributes['status']!r}. Expected 'published'"


def _time(given: Any) -> Iterator[str]:
    if not isinstance(given, dict):
        yield "Invalid 'time'. Expected an object with 'live_span', or with 'start' and 'end'"
    elif not isinstance(given.get("live_span"), str | None):
        yield f"Invalid 'time.live_span': {given['live_span']!r}. Expected a string such as 1h"


def _cells(cells: Any) -> Iterator[str]:
    if not isinstance(cells, list) or len(cells) > MAX_CELLS:
        yield f"Invalid 'cells'. Expected a list of at most {MAX_CELLS} cells"
        return
    for index, cell in enumerate(cells):
        attributes = cell.get("attributes") if isinstance(cell, dict) else None
        definition = attributes.get("definition") if isinstance(attributes, dict) else None
        if not isinstance(definition, dict) or not isinstance(definition.get("type"), str):
            yield f"cells[{index}]: 'attributes.definition' must be an object with a 'type'"
        elif definition["type"] == "markdown" and not isinstance(definition.get("text"), str):
            yield f"cells[{index}]: a markdown cell requires 'text'"


def with_cell_ids(cells: list[Any], rng: random.Random) -> list[Any]:
    """Copy in which every cell has a type and a unique id; existing ids are unchanged."""
    taken: set[str] = set()
    result = []
    for cell in cells:
        given = cell.get("id")
        identity = given if isinstance(given, str) and given and given not in taken else _new_id(rng)
        taken.add(identity)
        result.append({"id": identity, "type": "notebook_cells", "attributes": cell["attributes"]})
    return result


def _new_id(rng: random.Random) -> str:
    return "".join(rng.choices(_ID, k=8))
