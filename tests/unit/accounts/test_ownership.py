"""What somebody who has left owned gets a new owner; keys that acted as them stop working."""

from __future__ import annotations

from heeler.accounts.ownership import OWNED
from heeler.accounts.roles import role_id
from heeler.api.permissions import STANDARD
from heeler.api.services import Services
from heeler.server.database_migrations import all_tables
from tests.unit.accounts.conftest import KEYS, App
from tests.unit.accounts.test_roles import key_for

BOARD = {"title": "Board of Ann", "layout_type": "ordered", "widgets": []}
MONITOR = {
    "type": "metric alert",
    "name": "Monitor of Ann",
    "query": "avg(last_5m):avg:a.b{*} > 1",
    "message": "",
    "options": {"thresholds": {"critical": 1}},
}


def test_every_table_with_an_owner_is_known() -> None:
    """A table that refers to users by another column than these is a membership, a login or a preference."""
    owners = {"author_id", "creator_id", "owner_id"}
    tables = {
        table.name
        for table in all_tables().tables.values()
        if owners & {column.name for column in table.columns}
    }
    assert {owned.table for owned in OWNED.values()} >= tables


async def test_what_ann_owned_is_bobs(app: App, services: Services) -> None:
    ann = await key_for(services, "ann@example.com", [role_id(STANDARD)])
    bob = await key_for(services, "bob@example.com", [role_id(STANDARD)])
    ids = [
        (await app.get("/api/v2/current_user", headers=headers)).json()["data"]["id"]
        for headers in (ann, bob)
    ]
    board = (await app.post("/api/v1/dashboard", headers=ann, json=BOARD)).json()["id"]
    monitor = (await app.post("/api/v1/monitor", headers=ann, json=MONITOR)).json()["id"]
    path = f"/api/ui/users/{ids[0]}/belongings"
    assert (await app.get(path, headers=ann)).status_code == 403
    listed = (await app.get(path, headers=KEYS)).json()
    assert {item["kind"] for item in listed} == {"dashboard", "monitor", "app_key"}
    await app.delete(f"/api/v2/users/{ids[0]}", headers=KEYS)
    assert (await app.post(path, headers=KEYS, json={"to": ids[0]})).status_code == 400
    answer = (await app.post(path, headers=KEYS, json={"to": ids[1]})).json()
    assert answer == {"moved": 2, "revoked": 1}
    shown = (await app.get(f"/api/v1/dashboard/{board}", headers=KEYS)).json()
    assert shown["author_handle"] == "bob@example.com"
    found = (await app.get(f"/api/v1/monitor/{monitor}", headers=KEYS)).json()
    assert found["creator"]["email"] == "bob@example.com"
    assert (await app.get(path, headers=KEYS)).json() == []
