-- One row a log, ordered by time and then by arrival (`seq`, which increases with each received log). Attributes
-- are flattened to dotted paths, each value as text that preserves its type (store/attributes.py): frequent ones
-- have dedicated columns, empty if absent, the rest is in a map. `trace_id` is 0 if a log belongs to no trace.
-- `origin` is the hash of the request, for deduplication of retries.
CREATE TABLE IF NOT EXISTS log_events (
    time DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    seq UInt64 CODEC(Delta, ZSTD(1)),
    service LowCardinality(String),
    host LowCardinality(String),
    source LowCardinality(String),
    status LowCardinality(String),
    message String CODEC(ZSTD(1)),
    tags Array(LowCardinality(String)),
    http_status LowCardinality(String),
    http_method LowCardinality(String),
    http_url String CODEC(ZSTD(1)),
    usr_id String CODEC(ZSTD(1)),
    client_ip String CODEC(ZSTD(1)),
    error_kind LowCardinality(String),
    logger_name LowCardinality(String),
    duration String CODEC(ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    trace_id UInt64 CODEC(ZSTD(1)),
    trace_high UInt64 CODEC(ZSTD(1)),
    span_id UInt64 CODEC(ZSTD(1)),
    index_name LowCardinality(String),
    origin UInt64 CODEC(ZSTD(1)),
    INDEX words lower(message) TYPE text(tokenizer = splitByNonAlpha),
    INDEX pairs arrayConcat(arrayMap((k, v) -> cityHash64(k, if(startsWith(v, '['), '[', v)), mapKeys(attributes), mapValues(attributes)), arrayMap(k -> cityHash64(k), mapKeys(attributes)))
        TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_user arrayMap(v -> if(startsWith(v, '['), '[', v), [usr_id]) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_client arrayMap(v -> if(startsWith(v, '['), '[', v), [client_ip]) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX services service TYPE set(64) GRANULARITY 1,
    INDEX hosts host TYPE set(256) GRANULARITY 1,
    INDEX arrived seq TYPE minmax GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (time, seq)
TTL toDateTime(time) + INTERVAL 30 DAY
SETTINGS index_granularity = 2048, min_compress_block_size = 16384, max_compress_block_size = 65536,
    merge_selector_base = 10, fsync_after_insert = 1, ttl_only_drop_parts = 1
---
TRUNCATE TABLE log_events
---
-- Migrates existing rows: JSON text to paths and values, ten levels deep.
INSERT INTO log_events
WITH
    p -> if(startsWith(p.2, '{') AND p.2 != '{}',
        arrayMap(q -> (concat(p.1, '.', q.1), q.2), JSONExtractKeysAndValuesRaw(p.2)), [p]) AS deeper,
    -- Strings that cannot be mistaken for another JSON value lose their quotation marks.
    raw -> if(startsWith(raw, '"') AND NOT match(JSONExtractString(raw), '^(["\\[{0-9-]|(true|false|null)$)'),
        JSONExtractString(raw), raw) AS plain,
    ['http.status_code', 'http.method', 'http.url', 'usr.id', 'network.client.ip', 'error.kind', 'logger.name',
     'duration'] AS promoted,
    old AS (
        SELECT *, arrayMap(p -> (p.1, plain(p.2)),
            arrayFlatten(arrayMap(deeper, arrayFlatten(arrayMap(deeper, arrayFlatten(arrayMap(deeper,
            arrayFlatten(arrayMap(deeper, arrayFlatten(arrayMap(deeper, arrayFlatten(arrayMap(deeper,
            arrayFlatten(arrayMap(deeper, arrayFlatten(arrayMap(deeper, arrayFlatten(arrayMap(deeper,
            arrayFlatten(arrayMap(deeper, JSONExtractKeysAndValuesRaw(attributes)))
            ))))))))))))))))))) AS found
        FROM logs FINAL
    )
SELECT
    time, id AS seq, service, host, source, status, message, tags,
    arrayFirst(p -> p.1 = 'http.status_code', found).2, arrayFirst(p -> p.1 = 'http.method', found).2,
    arrayFirst(p -> p.1 = 'http.url', found).2, arrayFirst(p -> p.1 = 'usr.id', found).2,
    arrayFirst(p -> p.1 = 'network.client.ip', found).2, arrayFirst(p -> p.1 = 'error.kind', found).2,
    arrayFirst(p -> p.1 = 'logger.name', found).2, arrayFirst(p -> p.1 = 'duration', found).2,
    mapFromArrays(
        arrayMap(p -> p.1, arrayFilter(p -> NOT has(promoted, p.1) OR p.2 = '', found)),
        arrayMap(p -> p.2, arrayFilter(p -> NOT has(promoted, p.1) OR p.2 = '', found))),
    trace_id, trace_high, span_id, 'main', 0
FROM old
