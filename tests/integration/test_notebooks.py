"""Notebooks and powerpacks by the unmodified client."""

from __future__ import annotations

import json
from typing import Any

import pytest
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException, NotFoundException
from datadog_api_client.v1.api.notebooks_api import NotebooksApi
from datadog_api_client.v1.model.notebook_create_request import NotebookCreateRequest
from datadog_api_client.v1.model.notebook_update_request import NotebookUpdateRequest
from datadog_api_client.v2.api.powerpack_api import PowerpackApi
from datadog_api_client.v2.model.powerpack import Powerpack

from tests.conftest import RunningServer

MARKDOWN = {"type": "markdown", "text": "## What happened"}
GRAPH = {
    "type": "timeseries",
    "show_legend": True,
    "requests": [{"q": "avg:system.load.1{*}", "display_type": "line"}],
}


def _cell(definition: dict[str, object], **more: object) -> dict[str, object]:
    return {"type": "notebook_cells", "attributes": {"definition": definition, **more}}


def _model(client: ApiClient, kind: type, data: dict[str, Any]) -> Any:
    """A request of the client's own models, made from JSON; none of it may be unknown to them."""
    model = client.deserialize(json.dumps({"data": data}), (kind,), True)
    assert not model._unparsed
    return model


def _notebook(client: ApiClient, kind: type, name: str, cells: list[dict[str, object]]) -> Any:
    attributes = {"name": name, "time": {"live_span": "1h"}, "cells": cells, "status": "published"}
    return _model(client, kind, {"type": "notebooks", "attributes": attributes})


def test_a_notebook_lives_and_dies(server: RunningServer) -> None:
    with ApiClient(server.configuration()) as client:
        api = NotebooksApi(client)
        cells = [_cell(MARKDOWN), _cell(GRAPH, graph_size="m", time=None)]
        made = api.create_notebook(_notebook(client, NotebookCreateRequest, "Outage", cells)).data
        assert not made._unparsed
        assert made.attributes.author.handle == server.email
        assert [cell.attributes.definition.type.value for cell in made.attributes.cells] == [
            "markdown",
            "timeseries",
        ]
        back = api.get_notebook(made.id).data
        assert back.attributes.name == "Outage"
        assert not back._unparsed
        update = _notebook(client, NotebookUpdateRequest, "Outage 2", [_cell(MARKDOWN)])
        changed = api.update_notebook(made.id, update)
        assert not changed._unparsed
        assert changed.data.attributes.name == "Outage 2"
        listed = api.list_notebooks(query="outage", sort_field="name", sort_dir="asc")
        assert not listed._unparsed
        assert [one.id for one in listed.data] == [made.id]
        assert listed.meta.page.total_filtered_count == 1
        api.delete_notebook(made.id)
        with pytest.raises(NotFoundException, match="Notebook not found"):
            api.get_notebook(made.id)


def test_a_powerpack_lives_and_dies(server: RunningServer) -> None:
    group = {
        "definition": {
            "type": "group",
            "layout_type": "ordered",
            "title": "Pack",
            "widgets": [{"definition": {"type": "note", "content": "hello"}}],
        }
    }
    body: dict[str, Any] = {
        "type": "powerpack",
        "attributes": {"name": "Pack", "group_widget": group, "tags": ["tag:a"]},
    }
    with ApiClient(server.configuration()) as client:
        api = PowerpackApi(client)
        made = api.create_powerpack(_model(client, Powerpack, body)).data
        assert not made._unparsed
        assert made.attributes.group_widget.definition.title == "Pack"
        assert api.get_powerpack(made.id).data.attributes.name == "Pack"
        listed = api.list_powerpacks()
        assert not listed._unparsed
        assert made.id in [one.id for one in listed.data]
        body["attributes"]["name"] = "Renamed"
        changed = api.update_powerpack(made.id, _model(client, Powerpack, body))
        assert changed.data.attributes.name == "Renamed"
        api.delete_powerpack(made.id)
        with pytest.raises(NotFoundException, match=f"Powerpack with ID {made.id} not found"):
            api.get_powerpack(made.id)
        with pytest.raises(ApiException, match="invalid UUID made-up-id"):
            api.get_powerpack("made-up-id")
