from __future__ import annotations

from heeler.store.span_rows import span_tables, stats_rows
from heeler.wire.traces.otlp import traces_of
from heeler.wire.traces.otlp_processing import process
from tests.unit.wire.traces.test_otlp import otel, pairs, request

NOW = 10**18 + 10**10


def test_spans_are_normalized_obfuscated_and_counted() -> None:
    query = otel(
        span_id=b"\2" * 8,
        parent_span_id=b"\1" * 8,
        kind=3,
        attributes=pairs(db__system="mysql", db__statement="select a from t where id = 4"),
    )
    entry = otel(span_id=b"\1" * 8, attributes=pairs(http__response__status_code=500))
    received = traces_of(request(entry, query, service__name="My Shop!"))
    traces, stats = process(received, "receiver", "test", NOW)
    (payload,) = traces.payloads
    first, second = payload.chunks[0].spans
    assert (first.service, payload.hostname, payload.env) == ("my_shop", "receiver", "test")
    assert (second.name, second.resource) == ("mysql.query", "select a from t where id = ?")
    assert (first.is_top_level, second.is_top_level) == (True, False)
    counted = {row.group.name: row for row in stats_rows(stats)}
    assert counted["server.request"].group.hits == counted["mysql.query"].group.hits == 1
    assert counted["server.request"].time == 10**9
    assert counted["server.request"].group.http_status == 500
    table = span_tables(traces)["apm_spans"].to_pylist()
    assert [row["http_status"] for row in table] == [500, 0]


def test_what_the_sender_counted_or_rejected_is_respected() -> None:
    body = request(otel(attributes=pairs(sampling__priority=-1)), service__name="a", _dd__stats_computed=True)
    traces, stats = process(traces_of(body), "h", "e", NOW)
    assert traces.payloads == []
    assert stats.stats == []
