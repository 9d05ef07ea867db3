from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed
from tests.unit.monitors.test_routes import LEAST

TEMPLATE = "/api/v2/monitor/template"
NOBODY = "00000000-0000-dead-beef-000000000000"
API = "v2.MonitorsApi"


def template(identity: str = "", **attributes: Any) -> Any:
    given = {
        "title": "T 🚀",
        "tags": ["integration:a"],
        "monitor_definition": {**LEAST, "name": "m"},
        **attributes,
    }
    data = {"type": "monitor-user-template", "attributes": given}
    return {"data": {**data, "id": identity} if identity else data}


async def test_versions_follow_each_other(admin: Caller, reader: Caller) -> None:
    made = await admin.post(TEMPLATE, template(description="D"))
    parsed(API, "create_monitor_user_template", made)
    identity = made["data"]["id"]
    path = f"{TEMPLATE}/{identity.upper()}"
    changed = await admin.put(path, template(identity.upper(), title="B"))
    parsed(API, "update_monitor_user_template", changed)
    assert changed["data"]["attributes"]["version"] == made["data"]["attributes"]["version"] + 1
    read = await reader.get(path, with_all_versions="true")
    parsed(API, "get_monitor_user_template", read)
    assert [one["title"] for one in read["data"]["attributes"]["versions"]] == ["B", "T 🚀"]
    listed = await reader.get(TEMPLATE)
    parsed(API, "list_monitor_user_templates", listed)
    assert [one["attributes"]["title"] for one in listed["data"]] == ["B"]
    await admin.refused("PUT", path, template(NOBODY))
    await reader.refused("PUT", path, template(), 403)
    await reader.post(f"{path}/validate", template(), 204)
    await admin.delete(path, 204)
    for method in ("GET", "PUT", "DELETE"):
        await admin.refused(method, path, template() if method == "PUT" else None, 404)
    await admin.refused("POST", f"{path}/validate", template(), 404)


@pytest.mark.parametrize(
    "body",
    [{}, {"data": []}, {"data": {"type": "x"}}, template(title=""), template(title=[]), template(tags=None),
     template(tags="a"), template(tags=[{}]), template(description={}), template(monitor_definition={}),
     template(monitor_definition="x"), template(monitor_definition={"query": "x"}),
     template(template_variables={}), template(template_variables=[{}]),
     template(template_variables=[{"name": 5}]),
     template(template_variables=[{"name": "a", "defaults": "x"}]),
     template(template_variables=[{"name": "a"}, {"name": "a"}]),
     template(template_variables=[{"name": "a", "what": 1}])],
)  # fmt: skip
async def test_a_template_that_cannot_be_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", TEMPLATE, body)
    await admin.refused("POST", f"{TEMPLATE}/validate", body)
    assert (await admin.get(TEMPLATE))["data"] == []
