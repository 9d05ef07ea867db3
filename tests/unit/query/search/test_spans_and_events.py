"""The search language over spans and events in their own tables."""

from __future__ import annotations

import time

import orjson
import pyarrow as pa
import pytest

from heeler.apm.search import SPANS
from heeler.events.search import EVENTS
from heeler.query.search.aggregate import Total, totals
from heeler.query.search.field_sql import Parameters, Table
from heeler.query.search.plan import Aggregation, Compute, GroupBy
from heeler.query.search.sql import search_condition
from heeler.store.arrow_tables import events_table
from heeler.store.engine import Engine
from heeler.store.span_rows import PROMOTED
from heeler.store.span_rows import SPANS as SPAN_SCHEMA
from heeler.wire.events.intake_payload import Event

NOW = int(time.time())
STRINGS = pa.map_(pa.string(), pa.string())
NUMBERS = pa.map_(pa.string(), pa.float64())
#: service, resource, name, duration, error, parent, status, tags, meta, metrics; ids are 1, 2, 3.
WEB = {
    "http.url": "https://a.example/x",
    "team": "Core",
    "user.roles": "admin",
    "network.client.ip": "10.9.8.7",
}
QUERY = {"db.statement": "SELECT 'été'", "error.message": "disk full", "out.host": "2001:db8::7"}
ROWS = [
    (
        "web",
        "GET /users/?",
        "flask.request",
        1_500_000_000,
        0,
        0,
        200,
        ["pod:a", "zone:b"],
        WEB,
        {"size": 5.0},
    ),
    ("db", "SELECT users", "postgres.query", 20_000, 1, 1, 0, [], QUERY, {"rows": 70.5, "_sampled": 1.0}),
    ("web-api", "POST /users", "flask.request", 90_000_000, 0, 0, 503, ["pod:c"], {"note": "a:b"}, {}),
]


def _without_columns(meta: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in meta.items() if key not in PROMOTED}


@pytest.fixture(scope="module")
def spans(engine: Engine) -> Engine:
    services, resources, names, durations, errors, parents, statuses, tags, meta, metrics = zip(
        *ROWS, strict=True
    )
    start = pa.array([(NOW - place) * 10**9 for place in range(3)], SPAN_SCHEMA.field("start").type)
    columns = {
        "service": services, "resource": resources, "name": names, "duration": durations, "error": errors,
        "parent_id": parents, "http_status": statuses, "span_id": [1, 2, 3], "trace_id": [7, 7, 9],
        "tags": tags, "env": ["prod", "prod", "dev"], "host": ["span-host"] * 3, "top_level": [1, 0, 1],
        "type": ["web", "sql", "web"], "http_url": [one.pop("http.url", "") for one in map(dict, meta)],
    }  # fmt: skip
    arrays = {key: pa.array(list(values), SPAN_SCHEMA.field(key).type) for key, values in columns.items()}
    arrays |= {"start": start, "trace_high": pa.array([0, 0, 0], pa.uint64())}
    arrays |= {
        "meta": pa.array([list(_without_columns(one).items()) for one in meta], STRINGS),
        "metrics": pa.array([list(one.items()) for one in metrics], NUMBERS),
    }
    engine.insert_sync("apm_spans", pa.table(arrays))
    return engine


@pytest.fixture(scope="module")
def events(engine: Engine) -> Engine:
    made = [
        Event(NOW, "Deployed museum", "Version *12*", "event-host", "jenkins", "success", "normal", "k1",
              ("app:museum", "stage:prod", "path:/a:b")),
        Event(NOW, "Disk full", "on /var", "event-host", "my apps", "error", "low", "", ("app:shop",)),
        Event(NOW, "Flag turned on", "new tour", "event-host", "", "warning", "normal", "", ()),
    ]  # fmt: skip
    extra = [{}, {"size": 12, "who": ["Ann", "Bob"]}, {"changed": {"type": "flag", "by": [{"name": "Eve"}]}}]
    rows = events_table(made, [9001, 9002, 9003])
    texts = pa.array([orjson.dumps(one).decode() for one in extra], pa.string())
    place = rows.column_names.index("attributes")
    engine.insert_sync("events", rows.set_column(place, "attributes", texts))
    return engine


def found(engine: Engine, table: Table, search: str, ident: str, host: str) -> list[int]:
    to = Parameters()
    where = search_condition(search, table, to)
    sql = f"SELECT {ident} % 9000 AS n FROM {table.name} WHERE ({where}) AND host = '{host}' ORDER BY n"
    return [int(row[0]) for row in engine.rows_sync(sql, to.values)]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("", [1, 2, 3]),
        ("*:*", [1, 2, 3]),
        ("users", [1, 2, 3]),
        ('"GET /users/?"', [1]),
        ("post*", [2, 3]),
        ("service:web", [1]),
        ("service:WEB", [1]),
        ("service:web*", [1, 3]),
        ("service:(web OR db)", [1, 2]),
        ("resource_name:POST\\ \\/users", [3]),
        ("resource_name:*users*", [1, 2, 3]),
        ("operation_name:flask.request", [1, 3]),
        ("type:sql", [2]),
        ("status:error", [2]),
        ("-status:error", [1, 3]),
        ("status:ok", [1, 3]),
        ("env:prod", [1, 2]),
        ("trace_id:9", [3]),
        ("trace_id:00000000000000000000000000000007", [1, 2]),
        ("span_id:2", [2]),
        ("parent_id:1", [2]),
        ("trace_root:1", [1, 3]),
        ("@_trace_root:1", [1, 3]),
        ("@_top_level:1", [1, 3]),
        ("@duration:>1s", [1]),
        ("@duration:[10us TO 100ms]", [2, 3]),
        ("@duration:(>=20us AND <90ms)", [2]),
        ("duration:1500ms", [1]),
        ("@http.status_code:200", [1]),
        ("@http.status_code:>=500", [3]),
        ("@http.status_code:<500", [1]),
        ("@http.status_code:5??", [3]),
        ("@http.status_code:*", [1, 3]),
        ("-@http.status_code:*", [2]),
        ("@http.url:https://a.example/x", [1]),
        ("@user.roles:admin", [1]),
        ("@team:Core", [1]),
        ("@team:core", []),
        ("team:Core", [1]),
        ("pod:a", [1]),
        ("pod:*", [1, 3]),
        ("-pod:*", [2]),
        ("tags:pod\\:c", [3]),
        ("tags:team\\:core", [1]),
        ("@size:5", [1]),
        ("@size:5.0", [1]),
        ("@rows:{70 TO 71}", [2]),
        ("@rows:70.5", [2]),
        ("@note:a\\:b", [3]),
        ("@db.statement:*été*", [2]),
        ("*:été", [2]),
        ("*:full", [2]),
        ("*:Core", [1]),
        ("CIDR(@network.client.ip,10.0.0.0/8)", [1]),
        ("CIDR(@out.host,2001:db8::/32)", [2]),
        ("@_dd.none:x OR @error.message:disk*", [2]),
    ],
)
def test_spans(spans: Engine, search: str, expected: list[int]) -> None:
    assert found(spans, SPANS, search, "span_id", "span-host") == expected


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("", [1, 2, 3]),
        ("museum", [1]),
        ("deployed", [1]),
        ('"version *12*"', [1]),
        ("tour", [3]),
        ("title:Disk*", [2]),
        ("source:jenkins", [1]),
        ("sources:(jenkins OR my\\ apps)", [1, 2]),
        ("status:error", [2]),
        ("status:OK", [1]),
        ("@status:warn", [3]),
        ("alert_type:(success OR warning)", [1, 3]),
        ("priority:low", [2]),
        ("-priority:low", [1, 3]),
        ("priority:all", [1, 2, 3]),
        ("priority:all status:error", [2]),
        ("app:museum", [1]),
        ("app:*", [1, 2]),
        ("tags:(app\\:shop OR stage\\:prod)", [1, 2]),
        ("path:/a:b", [1]),
        ("aggregation_key:k1", [1]),
        ("event_id:9002", [2]),
        ("@evt.id:9003", [3]),
        ("@evt.name:Disk*", [2]),
        ("@size:>=12", [2]),
        ("@who:Bob", [2]),
        ("@changed.type:flag", [3]),
        ("@changed.by.name:Eve", [3]),
        ("*:eve", [3]),
        ("*:jenkins", [1]),
        ("*:type", []),
        ("host:event-host -app:*", [3]),
    ],
)
def test_events(events: Engine, search: str, expected: list[int]) -> None:
    assert found(events, EVENTS, search, "id", "event-host") == expected


async def test_one_attribute_is_measured_ranked_by_and_searched(spans: Engine) -> None:
    roles = Compute("cardinality", "@user.roles")
    groups = (GroupBy("@user.roles", sort=roles, exclude_missing=True), GroupBy("service"))
    search = "host:span-host @user.roles:(admin OR guest)"
    question = Aggregation(search, NOW - 86_400, NOW + 86_400, roles, groups)
    assert await totals(spans, SPANS, question) == [Total(("admin", "web"), 1.0)]
