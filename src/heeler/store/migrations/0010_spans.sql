-- One row a span. Ids are unsigned 64-bit; `trace_high` is the upper half of a 128-bit trace id. The hour
-- precedes the time in the key, so that a service's last hour is one range. A span sent again replaces the
-- earlier row.
CREATE TABLE IF NOT EXISTS spans (
    service LowCardinality(String),
    start DateTime64(9) CODEC(DoubleDelta, ZSTD(1)),
    duration Int64 CODEC(ZSTD(1)),
    trace_id UInt64 CODEC(ZSTD(1)),
    trace_high UInt64 CODEC(ZSTD(1)),
    span_id UInt64 CODEC(ZSTD(1)),
    parent_id UInt64 CODEC(ZSTD(1)),
    name LowCardinality(String),
    resource String CODEC(ZSTD(1)),
    type LowCardinality(String),
    error UInt8,
    env LowCardinality(String),
    version LowCardinality(String),
    host LowCardinality(String),
    language LowCardinality(String),
    http_status UInt16,
    top_level UInt8,
    priority Int16,
    origin LowCardinality(String),
    tags Array(LowCardinality(String)),
    meta Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    metrics Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
    links String CODEC(ZSTD(1)),
    events String CODEC(ZSTD(1)),
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = ReplacingMergeTree
PARTITION BY toDate(start)
ORDER BY (service, toStartOfHour(start), start, trace_id, span_id)
TTL toDateTime(start) + INTERVAL 30 DAY
SETTINGS index_granularity = 2048, fsync_after_insert = 1, ttl_only_drop_parts = 1
---
-- Index of traces: the services of a trace with their time range.
CREATE TABLE IF NOT EXISTS trace_index (
    trace_id UInt64,
    service LowCardinality(String),
    first SimpleAggregateFunction(min, DateTime64(9)),
    last SimpleAggregateFunction(max, DateTime64(9))
) ENGINE = AggregatingMergeTree
PARTITION BY toDate(first)
ORDER BY (trace_id, service)
TTL toDateTime(first) + INTERVAL 30 DAY
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1
---
CREATE MATERIALIZED VIEW IF NOT EXISTS trace_index_of_spans TO trace_index AS
SELECT trace_id, service, min(start) AS first, max(start) AS last
FROM spans GROUP BY trace_id, service, toDate(start)
