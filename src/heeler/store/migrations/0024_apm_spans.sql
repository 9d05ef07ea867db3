-- One row a finished span. Ids are unsigned 64-bit; `trace_high` is the upper half of a 128-bit trace id. The
-- hour precedes the time in the key, so that a service's last hour is one range. Frequent tags have dedicated
-- columns and are omitted from `meta` (store/span_rows.py); `tokens` indexes any other tag by its hashed pair,
-- and a number by its hashed key.
CREATE TABLE IF NOT EXISTS apm_spans (
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
    http_method LowCardinality(String),
    http_route LowCardinality(String),
    http_url String CODEC(ZSTD(1)),
    component LowCardinality(String),
    kind LowCardinality(String),
    peer_service LowCardinality(String),
    error_type LowCardinality(String),
    usr_id String CODEC(ZSTD(1)),
    client_ip String CODEC(ZSTD(1)),
    meta Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    metrics Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
    links String CODEC(ZSTD(1)),
    events String CODEC(ZSTD(1)),
    meta_struct String CODEC(ZSTD(1)),
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_user usr_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX tokens arrayConcat(arrayMap((k, v) -> cityHash64(k, v), mapKeys(meta), mapValues(meta)), arrayMap(k -> cityHash64(k), arrayConcat(mapKeys(meta), mapKeys(metrics))), arrayMap(t -> cityHash64(t), tags))
        TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toDate(start)
ORDER BY (service, toStartOfHour(start), start, trace_id, span_id)
TTL toDateTime(start) + INTERVAL 30 DAY
SETTINGS index_granularity = 2048, merge_selector_base = 10, fsync_after_insert = 1, ttl_only_drop_parts = 1
---
-- Snapshots of running spans, as sent by tracers. The latest snapshot of a span replaces earlier ones.
CREATE TABLE IF NOT EXISTS running_spans AS apm_spans
ENGINE = ReplacingMergeTree
PARTITION BY toDate(start)
ORDER BY (service, toStartOfHour(start), start, trace_id, span_id)
TTL toDateTime(start) + INTERVAL 30 DAY
SETTINGS index_granularity = 2048, fsync_after_insert = 1, ttl_only_drop_parts = 1
---
DROP VIEW IF EXISTS trace_index_of_spans
---
TRUNCATE TABLE apm_spans
---
TRUNCATE TABLE running_spans
---
INSERT INTO apm_spans
WITH ['http.method', 'http.route', 'http.url', 'component', 'span.kind', 'peer.service', 'error.type', 'usr.id',
      'http.client_ip'] AS promoted,
     ['env', 'version', 'language', '_dd.p.tid'] AS known
SELECT
    service, start, duration, trace_id, trace_high, span_id, parent_id, name, resource, type, error, env, version,
    host, language, http_status, top_level, priority, origin, tags,
    meta['http.method'], meta['http.route'], meta['http.url'], meta['component'], meta['span.kind'],
    meta['peer.service'], meta['error.type'], meta['usr.id'], meta['http.client_ip'],
    mapFilter((k, v) -> NOT (v != '' AND (has(promoted, k) OR has(known, k)
        OR (k = 'http.status_code' AND v = toString(http_status)))), meta),
    mapFilter((k, v) -> NOT (v = 1 AND k IN ('_top_level', '_dd.top_level')), metrics),
    links, events, ''
FROM spans FINAL WHERE NOT mapContains(metrics, '_dd.partial_version')
---
INSERT INTO running_spans
SELECT
    service, start, duration, trace_id, trace_high, span_id, parent_id, name, resource, type, error, env, version,
    host, language, http_status, top_level, priority, origin, tags,
    '', '', '', '', '', '', '', '', '', meta, metrics, links, events, ''
FROM spans FINAL WHERE mapContains(metrics, '_dd.partial_version')
---
CREATE MATERIALIZED VIEW IF NOT EXISTS trace_index_of_apm_spans TO trace_index AS
SELECT trace_id, service, min(start) AS first, max(start) AS last
FROM apm_spans GROUP BY trace_id, service, toDate(start)
---
CREATE MATERIALIZED VIEW IF NOT EXISTS trace_index_of_running_spans TO trace_index AS
SELECT trace_id, service, min(start) AS first, max(start) AS last
FROM running_spans GROUP BY trace_id, service, toDate(start)
