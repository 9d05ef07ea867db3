"""Restriction queries of logs: all that reads logs leaves out those that the caller's roles may not read."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from datadog_api_client import ApiClient
from datadog_api_client.v2.api.logs_restriction_queries_api import LogsRestrictionQueriesApi

from tests.conftest import RunningServer, start_server
from tests.integration.calls import Calls, data, ref, refused

QUERIES = "/api/v2/logs/config/restriction_queries"
PERMISSIONS = (
    "logs_read_data", "logs_read_config", "timeseries_query", "apm_read", "monitors_read", "monitors_write",
    "dashboards_read", "dashboards_write", "dashboards_public_share", "slos_read", "slos_write",
    "logs_generate_metrics", "user_app_keys", "events_read", "error_tracking_write", "usage_read",
)  # fmt: skip
SECRET = "PIN 4711"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = start_server(tmp_path_factory.mktemp("restricted"), HEELER_MONITOR_INTERVAL="1")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def role(admin: httpx.Client) -> str:
    return _role(admin, "Shop", PERMISSIONS)


@pytest.fixture(scope="module")
def person(server: RunningServer, admin: httpx.Client, role: str) -> Iterator[httpx.Client]:
    """Somebody who reads the logs of the shop, and no others."""
    with _client(server, admin, "shopkeeper@example.com", [role]) as client:
        query = _attributes(admin.post(QUERIES, json=_query("service:shop")))["id"]
        assert _attach(admin, query, role).status_code == 204
        yield client


@pytest.fixture(scope="module")
def logs(server: RunningServer, admin: httpx.Client) -> dict[str, str]:
    """Ids of a log of the shop and of one that the shop may not read, both errors."""
    sent = [
        _log("shop", "order 1 shipped", "ShopError"),
        _log("vault", f"{SECRET} of customer 7", "VaultError"),
    ]
    answer = httpx.post(f"{server.url}/api/v2/logs", json=sent, headers={"DD-API-KEY": server.api_key})
    assert answer.status_code == 202
    found = _until(lambda: _searched(admin), lambda one: len(one) == 2)
    return {log["attributes"]["service"]: log["id"] for log in found}


def _log(service: str, message: str, kind: str) -> dict[str, Any]:
    stack = f'Traceback\n  File "{service}.py", line 1, in f\n{kind}: {message}'
    return {
        "message": message, "service": service, "ddsource": "python", "hostname": f"{service}-1",
        "status": "error", "ddtags": f"team:{service},env:prod",
        "error": {"kind": kind, "stack": stack, "message": message},
        "duration": 5_000_000 if service == "shop" else 9_000_000, "account": service,
        f"only_{service}": 1, "timestamp": round((time.time() - 120) * 1000),
    }  # fmt: skip


def _until(read: Callable[[], Any], good: Callable[[Any], bool], seconds: float = 90) -> Any:
    end = time.monotonic() + seconds
    while not good(found := read()):
        assert time.monotonic() < end, found
        time.sleep(0.3)
    return found


def _searched(client: httpx.Client) -> list[dict[str, Any]]:
    answer = client.post("/api/v2/logs/events/search", json={"filter": {"query": "*", "from": "now-1h"}})
    return list(answer.json()["data"])


def _query(text: str) -> dict[str, Any]:
    return data("logs_restriction_queries", {"restriction_query": text})


def _attributes(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def _attach(admin: httpx.Client, query: str, role: str) -> httpx.Response:
    return admin.post(f"{QUERIES}/{query}/roles", json={"data": ref("roles", role)})


def _detach(admin: httpx.Client, query: str, role: str) -> None:
    answer = admin.request("DELETE", f"{QUERIES}/{query}/roles", json={"data": ref("roles", role)})
    assert answer.status_code == 204, answer.text


def _role(admin: httpx.Client, name: str, permissions: tuple[str, ...]) -> str:
    made = _attributes(admin.post("/api/v2/roles", json=data("roles", {"name": name})))["id"]
    listed = admin.get("/api/v2/permissions").json()["data"]
    ids = {one["attributes"]["name"]: one["id"] for one in listed}
    for permission in permissions:
        grant = {"data": ref("permissions", ids[permission])}
        assert admin.post(f"/api/v2/roles/{made}/permissions", json=grant).status_code == 200
    return str(made)


def _client(server: RunningServer, admin: httpx.Client, email: str, roles: list[str]) -> httpx.Client:
    """A service account's client, with an application key of its own."""
    links = {"roles": {"data": [ref("roles", one) for one in roles]}}
    body = {"data": {"type": "users", "attributes": {"email": email, "service_account": True}}}
    body["data"]["relationships"] = links
    made = admin.post("/api/v2/service_accounts", json=body)
    assert made.status_code == 201, made.text
    user = made.json()["data"]["id"]
    key = admin.post(
        f"/api/v2/service_accounts/{user}/application_keys", json=data("application_keys", {"name": "k"})
    )
    assert key.status_code == 201, key.text
    headers = {"DD-API-KEY": server.api_key, "DD-APPLICATION-KEY": key.json()["data"]["attributes"]["key"]}
    return httpx.Client(base_url=server.url, headers={**headers, "x-user": user}, timeout=60)


LAST_HOUR = {"from": "now-1h", "to": "now"}
BY_SERVICE = {"compute": [{"aggregation": "count"}], "group_by": [{"facet": "service"}], "filter": LAST_HOUR}


def _formula(kind: str) -> dict[str, Any]:
    query = {
        "name": "a", "data_source": "logs", "search": {"query": "*"}, "indexes": ["*"],
        "compute": {"aggregation": "count"}, "group_by": [{"facet": "service"}, {"facet": "@account"}],
    }  # fmt: skip
    now = round(time.time() * 1000)  # of the collection of tests: they may run much later
    attributes = {
        "from": now - 3_600_000, "to": now + 7_200_000, "queries": [query], "formulas": [{"formula": "a"}],
    }  # fmt: skip
    return {"data": {"type": f"{kind}_request", "attributes": attributes}}


def _explorer(name: str, **more: Any) -> tuple[str, str, dict[str, Any]]:
    return "POST", f"/api/ui/explorer/logs/{name}", {"filter": LAST_HOUR, **more}


_WORDS = f'"{SECRET}" OR order'
#: A day before the collection of the tests and two after it: they may run much later.
_DAYS = f"from={round(time.time() - 86_400) * 1000}&to={round(time.time() + 2 * 86_400) * 1000}"
READS: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "search": ("POST", "/api/v2/logs/events/search", {"filter": LAST_HOUR}),
    "search of the secret": ("POST", "/api/v2/logs/events/search", {"filter": {"query": _WORDS}}),
    "negated search": ("POST", "/api/v2/logs/events/search", {"filter": {"query": "-nothing OR *:4711"}}),
    "list": ("GET", "/api/v2/logs/events?filter[from]=now-1h", None),
    "list of v1": ("POST", "/api/v1/logs-queries/list", {"query": "*", "time": LAST_HOUR}),
    "aggregate": ("POST", "/api/v2/logs/analytics/aggregate", BY_SERVICE),
    "explorer": ("GET", "/api/ui/logs?start=now-1h", None),
    "sorted": ("GET", "/api/ui/logs/sorted?by=@duration&start=now-1h", None),
    "usage by a tag": ("GET", f"/api/ui/usage/groups?by=team&{_DAYS}", None),
    "facets": _explorer("facets", fields=["service", "host", "team", "@account", "source"]),
    "values": _explorer("values", field="@account"),
    "values of messages": _explorer("values", field="message"),
    "fields": _explorer("fields"),
    "explorer's aggregate": ("POST", "/api/ui/explorer/logs/aggregate", BY_SERVICE),
    "patterns": _explorer("patterns"),
    "samples of pipelines": ("GET", "/api/ui/logs/pipelines/samples?limit=50", None),
    "time series": ("POST", "/api/v2/query/timeseries", _formula("timeseries")),
    "scalar": ("POST", "/api/v2/query/scalar", _formula("scalar")),
    "widgets": ("POST", "/api/ui/query/batch", {
        "queries": [{"id": "1", "kind": "scalar", "body": _formula("scalar")}]
    }),
    "issues": ("GET", "/api/ui/error-tracking/issues?start=now-1h", None),
    "search of issues": ("POST", "/api/v2/error-tracking/issues/search", {"data": {
        "type": "search_request",
        "attributes": {"query": "*", "from": 1, "to": 4_000_000_000_000, "track": "logs"},
    }}),
}  # fmt: skip


@pytest.mark.parametrize("name", READS)
def test_a_reader_leaves_out_other_logs(
    name: str, admin: httpx.Client, person: httpx.Client, logs: dict[str, str]
) -> None:
    method, path, body = READS[name]
    texts = {}
    for who, client in (("admin", admin), ("person", person)):
        answer = client.request(method, path, json=body)
        assert answer.status_code in (200, 201), answer.text
        texts[who] = answer.text
    if "issues" in name:
        _until(lambda: admin.request(method, path, json=body).text, lambda text: text.count('"id"') >= 2)
        texts = {
            who: client.request(method, path, json=body).text
            for who, client in (("admin", admin), ("person", person))
        }
        if name == "search of issues":  # the answer has ids and counts alone
            assert (texts["admin"].count("total_count"), texts["person"].count("total_count")) == (2, 1)
            return
    hidden = "4711" if name in ("patterns", "values of messages", "negated search") else "vault"
    assert hidden in texts["admin"], "the test looks for what an unrestricted answer has"
    assert "vault" not in texts["person"]
    assert "Vault" not in texts["person"]
    assert "4711" not in texts["person"]
    assert name in ("fields", "patterns", "values of messages") or "shop" in texts["person"]


def test_counts_and_measures_are_of_readable_logs(person: httpx.Client, logs: dict[str, str]) -> None:
    body = {"filter": LAST_HOUR, "field": "@duration"}
    found = person.post("/api/ui/explorer/logs/measure", json=body).json()
    assert (found["min"], found["max"]) == (5e6, 5e6)
    buckets = person.post(
        "/api/v2/logs/analytics/aggregate",
        json={"filter": LAST_HOUR, "compute": [{"aggregation": "count"}]},
    ).json()["data"]["buckets"]
    assert [one["computes"]["c0"] for one in buckets] == [1]


def test_one_log_its_context_and_its_origins(
    admin: httpx.Client, person: httpx.Client, logs: dict[str, str]
) -> None:
    for path in ("", "/origins"):
        assert admin.get(f"/api/ui/logs/{logs['vault']}{path}").status_code == 200
        assert person.get(f"/api/ui/logs/{logs['vault']}{path}").status_code == 404
        assert person.get(f"/api/ui/logs/{logs['shop']}{path}").status_code == 200
    around = f"/api/ui/logs/{logs['vault']}/context"
    assert "4711" not in person.get(around).text
    assert person.get(around).text.count("shipped")


def test_issues_of_errors_in_other_logs_are_not_found(
    admin: httpx.Client, person: httpx.Client, logs: dict[str, str]
) -> None:
    listed = _until(
        lambda: admin.get("/api/ui/error-tracking/issues?start=now-1h").json()["issues"],
        lambda issues: len(issues) == 2,
    )
    ids = {one["service"]: one["id"] for one in listed}
    for path in ("/api/ui/error-tracking/issues", "/api/v2/error-tracking/issues"):
        assert admin.get(f"{path}/{ids['vault']}").status_code == 200
        assert person.get(f"{path}/{ids['vault']}").status_code == 404
        assert person.get(f"{path}/{ids['shop']}").status_code == 200


def test_live_tail_shows_readable_logs_and_ends_when_access_changes(
    server: RunningServer, admin: httpx.Client, person: httpx.Client, role: str
) -> None:
    word = uuid.uuid4().hex
    seen: list[str] = []
    with person.stream("GET", f"/api/ui/logs/tail?query={word}", timeout=60) as stream:
        lines = stream.iter_lines()
        assert next(lines) == ": live"
        sent = [_log("vault", f"{SECRET} {word}", "x"), _log("shop", f"order {word}", "x")]
        httpx.post(f"{server.url}/api/v2/logs", json=sent, headers={"DD-API-KEY": server.api_key})
        for line in lines:
            seen.append(line)
            if "order" in line:
                break
        (attached,) = admin.get(f"{QUERIES}/role/{role}").json()["data"]
        narrower = _attributes(admin.post(QUERIES, json=_query("service:none")))["id"]
        assert _attach(admin, narrower, role).status_code == 204
        seen += list(lines)  # until the server ends it
    assert "order" in "".join(seen)
    assert "4711" not in "".join(seen)
    assert _searched(person) == []
    assert _attach(admin, attached["id"], role).status_code == 204
    assert admin.delete(f"{QUERIES}/{narrower}").status_code == 204
    assert {one["attributes"]["service"] for one in _searched(person)} == {"shop"}


def test_a_monitor_sees_what_its_author_may_read(
    admin: httpx.Client, person: httpx.Client, logs: dict[str, str]
) -> None:
    query = 'logs("*").index("*").rollup("count").by("service").last("1h") > 0'
    body = {"type": "log alert", "name": "logs", "query": query, "message": "", "options": {
        "thresholds": {"critical": 0}, "restriction_query": "service:vault",
    }}  # fmt: skip
    made = person.post("/api/v1/monitor", json=body).json()
    assert made["options"]["restriction_query"] == "service:shop"
    own = admin.post("/api/v1/monitor", json=body).json()
    assert own["options"]["restriction_query"] == "service:vault"
    del body["options"]["restriction_query"]
    free = admin.post("/api/v1/monitor", json=body).json()
    assert not free["options"].get("restriction_query")

    def groups(monitor: dict[str, Any]) -> set[str]:
        answer = admin.get(f"/api/v1/monitor/{monitor['id']}?group_states=all").json()
        return set(answer["state"]["groups"])

    _until(lambda: groups(free), lambda found: found == {"service:shop", "service:vault"})
    _until(lambda: groups(made), lambda found: found == {"service:shop"})
    _until(lambda: groups(own), lambda found: found == {"service:vault"})
    changed = person.put(f"/api/v1/monitor/{free['id']}", json={"options": body["options"]}).json()
    assert changed["options"]["restriction_query"] == "service:shop"
    back = {"type": "log alert", "query": query, "options": body["options"]}
    assert person.post("/api/ui/monitors/backtest", json=back).json()["groups"] == 1
    assert admin.post("/api/ui/monitors/backtest", json=back).json()["groups"] == 2
    wrong = admin.post("/api/v1/monitor", json={**body, "options": {"restriction_query": "@account:1"}})
    assert (wrong.status_code, "attributes" in wrong.text) == (400, True)


def _shared(client: httpx.Client) -> str:
    definition = {"type": "toplist", "requests": [{
        "response_format": "scalar", "queries": _formula("scalar")["data"]["attributes"]["queries"],
        "formulas": [{"formula": "a"}],
    }]}  # fmt: skip
    board = client.post(
        "/api/v1/dashboard",
        json={"title": "Logs", "layout_type": "ordered", "widgets": [{"definition": definition}]},
    )
    assert board.status_code == 200, board.text
    shared = client.post("/api/v1/dashboard/public", json={
        "dashboard_id": board.json()["id"], "dashboard_type": "custom_timeboard", "share_type": "open",
        "global_time": {"live_span": "4h"},
    })  # fmt: skip
    assert shared.status_code == 200, shared.text
    return str(shared.json()["token"])


def test_what_is_shared_has_the_logs_of_its_author(
    server: RunningServer, admin: httpx.Client, person: httpx.Client, logs: dict[str, str]
) -> None:
    batch = {"queries": [{"id": "1", "kind": "scalar", "body": _formula("scalar")}]}
    found = {}
    for who, client in (("admin", admin), ("person", person)):
        answer = httpx.post(f"{server.url}/api/public/dashboards/{_shared(client)}/query", json=batch)
        found[who] = json.loads(answer.text)
        assert found[who]["status"] == 200, answer.text
    assert "vault" in str(found["admin"])
    assert "shop" in str(found["person"])
    assert "vault" not in str(found["person"])
    everything = _picture(server, admin, "*")
    assert _picture(server, person, "*") == _picture(server, admin, "service:shop") != everything


def _picture(server: RunningServer, client: httpx.Client, search: str) -> str:
    """Image of an embedded toplist of the services whose logs match a search."""
    (query,) = _formula("scalar")["data"]["attributes"]["queries"]
    request = {"queries": [{**query, "search": {"query": search}}], "formulas": [{"formula": "a"}]}
    graph = {"type": "toplist", "requests": [{**request, "response_format": "scalar"}]}
    made = client.post("/api/v1/graph/embed", json={"graph_json": json.dumps(graph)})
    assert made.status_code == 200, made.text
    page = httpx.get(f"{server.url}/graph/embed?token={made.json()['embed_id']}").text
    return page[page.index("base64,") :]


def test_nobody_counts_logs_that_they_may_not_read(person: httpx.Client, admin: httpx.Client) -> None:
    metric = data(
        "logs_metrics", {"compute": {"aggregation_type": "count"}, "filter": {"query": "*"}}, "shop.all"
    )
    assert "all logs" in person.post("/api/v2/logs/config/metrics", json=metric).json()["errors"][1]
    query = {
        "name": "a",
        "data_source": "logs",
        "compute": {"aggregation": "count"},
        "search": {"query": "*"},
    }
    slo = {
        "type": "metric", "name": "Logs", "thresholds": [{"timeframe": "7d", "target": 99}],
        "sli_specification": {"count": {
            "good_events_formula": {"formula": "a"}, "total_events_formula": {"formula": "a"},
            "queries": [query],
        }},
    }  # fmt: skip
    assert person.post("/api/v1/slo", json=slo).status_code == 403
    assert admin.post("/api/v1/slo", json=slo).status_code == 200


def test_roles_add_up_and_changes_count_at_once(
    server: RunningServer, admin: httpx.Client, logs: dict[str, str]
) -> None:
    shop, vault = (_role(admin, name, ("logs_read_data", "timeseries_query")) for name in ("one", "two"))
    silent = _role(admin, "no logs", ("timeseries_query",))
    queries = {name: _attributes(admin.post(QUERIES, json=_query(f"service:{name}")))["id"] for name in logs}
    _attach(admin, queries["shop"], shop)
    with _client(server, admin, "several@example.com", [shop, silent]) as client:
        user = client.headers["x-user"]

        def services() -> set[str]:
            return {one["attributes"]["service"] for one in _searched(client)}

        assert services() == {"shop"}
        member = {"data": ref("users", user)}
        admin.post(f"/api/v2/roles/{vault}/users", json=member)
        assert services() == {"shop", "vault"}, "a role without a query sees all logs"
        _attach(admin, queries["vault"], vault)
        assert services() == {"shop", "vault"}
        of_user = admin.get(f"{QUERIES}/user/{user}").json()["data"]
        assert {one["id"] for one in of_user} == set(queries.values())
        admin.patch(f"{QUERIES}/{queries['vault']}", json=_query("service:nothing"))
        assert services() == {"shop"}
        _detach(admin, queries["shop"], shop)
        assert services() == {"shop", "vault"}
        _attach(admin, queries["shop"], shop)
        assert services() == {"shop"}
        admin.delete(f"/api/v2/roles/{shop}")
        assert services() == set()
        assert admin.get(f"{QUERIES}/{queries['shop']}").json()["included"] == []
        assert admin.delete(f"{QUERIES}/{queries['vault']}").status_code == 204
        assert services() == {"shop", "vault"}
    with _client(server, admin, "silent@example.com", [silent]) as client:
        answer = client.post("/api/v2/query/scalar", json=_formula("scalar"))
        assert (answer.status_code, "logs_read_data" in answer.text) == (403, True)


def test_every_call_of_the_client(server: RunningServer, role: str) -> None:
    with ApiClient(server.configuration()) as client:
        call, api = Calls(client), LogsRestrictionQueriesApi
        made = call(api, "create_restriction_query", body=_query("team:a OR env:b")).data
        assert (made.attributes.restriction_query, made.attributes.role_count) == ("team:a OR env:b", 0)
        assert made.id in {one.id for one in call(api, "list_restriction_queries", page_size=100).data}
        before = call(api, "get_role_restriction_query", role).data
        call(api, "add_role_to_restriction_query", made.id, body={"data": ref("roles", role)})
        assert [one.id for one in call(api, "get_role_restriction_query", role).data] == [made.id]
        assert [one.id for one in call(api, "list_restriction_query_roles", made.id).data] == [role]
        shown = call(api, "get_restriction_query", made.id)
        assert [one.id for one in shown.data.relationships.roles.data] == [role]
        assert [one.attributes.name for one in shown.included] == ["Shop"]
        assert shown.data.attributes.role_count == 1
        for operation, text in (("update", "team:c"), ("replace", "team:d")):
            changed = call(api, f"{operation}_restriction_query", made.id, body=_query(text)).data
            assert changed.attributes.restriction_query == text
        call(api, "remove_role_from_restriction_query", made.id, body={"data": ref("roles", role)})
        assert call(api, "get_role_restriction_query", role).data == []
        call(api, "delete_restriction_query", made.id)
        refused(404, call, api, "get_restriction_query", made.id)
        for text in ("@http.url:x", "*:x", "team:(a", ""):
            refused(400, call, api, "create_restriction_query", body=_query(text))
        for one in before:
            call(api, "add_role_to_restriction_query", one.id, body={"data": ref("roles", role)})
