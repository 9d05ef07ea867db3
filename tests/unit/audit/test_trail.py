from __future__ import annotations

from typing import Any

from heeler.api.services import Services
from heeler.audit.changes import Change
from heeler.audit.routes import noun_of
from heeler.audit.trail import main_change, record
from tests.conftest import ADMIN_EMAIL
from tests.unit.accounts.conftest import KEYS, App, log_in

EVENTS = "/api/v2/audit/events"


async def trail(app: App, query: str = "", **more: str) -> list[dict[str, Any]]:
    answer = await app.get(
        EVENTS, headers=KEYS, params={"filter[query]": query, "page[limit]": "100", **more}
    )
    assert answer.status_code == 200, answer.text
    return [item["attributes"] for item in answer.json()["data"]]


async def test_a_change_is_recorded_with_the_values_before_and_after(app: App) -> None:
    role = {"data": {"type": "roles", "attributes": {"name": "Painter"}}}
    made = (await app.post("/api/v2/roles", headers=KEYS, json=role)).json()["data"]["id"]
    renamed = {"data": {"id": made, "type": "roles", "attributes": {"name": "Artist"}}}
    await app.patch(f"/api/v2/roles/{made}", headers=KEYS, json=renamed)
    await app.delete(f"/api/v2/roles/{made}", headers=KEYS)
    deleted, modified, created = [event["attributes"] for event in await trail(app)]
    assert [created["action"], modified["action"]] == ["created", "modified"]
    assert "deleted" in {change["action"] for change in deleted["changes"]}
    change = modified["changes"][0]
    assert (change["previous_value"]["name"], change["new_value"]["name"]) == ("Painter", "Artist")
    assert modified["usr"]["email"] == ADMIN_EMAIL
    assert modified["http"] == {
        "method": "PATCH", "url_details": {"path": f"/api/v2/roles/{made}"}, "status_code": 200,
    }  # fmt: skip
    assert modified["network"]["client"]["ip"]


async def test_secrets_never_reach_the_trail(app: App) -> None:
    key = {"data": {"type": "api_keys", "attributes": {"name": "CI"}}}
    secret = (await app.post("/api/v2/api_keys", headers=KEYS, json=key)).json()["data"]["attributes"]["key"]
    variable = {"name": "TOKEN", "value": "s3cret-value", "is_secret": True}
    await app.post("/api/v1/integration/webhooks/configuration/custom-variables", headers=KEYS, json=variable)
    text = str(await trail(app))
    assert "webhook_variables" in text
    assert secret not in text
    assert "s3cret-value" not in text


async def test_reading_and_refused_changes_leave_nothing(app: App) -> None:
    await app.get("/api/v2/users", headers=KEYS)
    await app.post("/api/v2/roles", headers=KEYS, json={"data": {"attributes": {"name": " "}}})
    await app.post("/api/v2/roles", headers={}, json={"data": {"attributes": {"name": "x"}}})
    assert await trail(app) == []


async def test_logins_are_recorded_good_and_bad(app: App) -> None:
    await app.post("/api/ui/login", json={"email": ADMIN_EMAIL, "password": "wrong"})
    await log_in(app)
    actions = [event["attributes"]["action"] for event in await trail(app, "@evt.name:Authentication")]
    assert actions == ["login", "login failed"]


async def test_queries_pages_and_order(app: App, services: Services) -> None:
    for number in range(25):
        await record(
            services, actor=f"u{number}@x", name="Dashboard", action="deleted" if number % 2 else "created",
            address="192.0.2.1", details={"asset": {"type": "dashboards", "id": str(number), "name": "CPU"}},
        )  # fmt: skip
    assert len(await trail(app, "action:deleted")) == 12
    assert len(await trail(app, "-action:deleted @asset.id:1*")) == 5
    assert len(await trail(app, "@network.client.ip:192.0.2.* CPU u24@x")) == 1
    assert await trail(app, "@usr.email:nobody") == []
    seen, cursor = [], ""
    while True:
        body = {"filter": {"from": "now-1h"}, "page": {"limit": 10, **({"cursor": cursor} if cursor else {})}}
        answer = (await app.post(f"{EVENTS}/search", headers=KEYS, json=body)).json()
        seen += [item["attributes"]["attributes"]["asset"]["id"] for item in answer["data"]]
        cursor = answer["meta"]["page"].get("after", "")
        if not cursor:
            break
    assert seen == [str(number) for number in reversed(range(25))]
    oldest = await trail(app, sort="timestamp")
    assert oldest[0]["attributes"]["asset"]["id"] == "0"


async def test_bad_searches_are_refused(app: App) -> None:
    for params in (
        {"filter[query]": "a OR b"},
        {"filter[query]": "(a b)"},
        {"filter[query]": "a*b*c*d*e"},
        {"filter[query]": 'a"'},
        {"page[limit]": "0"},
        {"page[limit]": "x"},
        {"filter[from]": "yesterday"},
        {"sort": "actor"},
    ):
        answer = await app.get(EVENTS, headers=KEYS, params=params)
        assert answer.status_code == 400, params


async def test_only_administrators_read_it(app: App) -> None:
    await app.post("/api/v1/user", headers=KEYS, json={"handle": "p@example.com"})
    assert (await app.get(EVENTS)).status_code == 403


def test_the_sentence_names_what_was_changed_in_words() -> None:
    tables = ("dashboards", "log_pipelines", "log_indexes", "config_policies", "slos", "slo_corrections")
    nouns = ["dashboard", "log pipeline", "log index", "config policy", "SLO", "SLO correction"]
    assert [noun_of(one) for one in tables] == nouns


def test_a_request_was_about_a_row_and_not_about_what_it_cleared_before() -> None:
    cleared = Change("invitations", "", "", "deleted")
    made = Change("invitations", "7", "", "created")
    assert main_change([cleared, made]) is made
    assert main_change([cleared]) is cleared


async def test_a_visit_is_no_change(app: App) -> None:
    board = {"title": "Looked at", "layout_type": "ordered", "widgets": []}
    made = (await app.post("/api/v1/dashboard", headers=KEYS, json=board)).json()["id"]
    answer = await app.post(f"/api/ui/dashboards/{made}/views", headers=KEYS)
    assert answer.status_code < 300, answer.text
    (only,) = await trail(app)
    assert only["message"] == f"{ADMIN_EMAIL} created dashboard Looked at"
