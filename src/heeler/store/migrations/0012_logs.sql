-- One row a log. `attributes` is a JSON object; `trace_id` is 0 if a log belongs to no trace. The id is derived
-- from the delivery and the position in it, so that repeated deliveries are deduplicated.
CREATE TABLE IF NOT EXISTS logs (
    time DateTime64(3) CODEC(DoubleDelta, ZSTD(1)),
    id UInt64,
    service LowCardinality(String),
    host LowCardinality(String),
    source LowCardinality(String),
    status LowCardinality(String),
    message String CODEC(ZSTD(1)),
    tags Array(LowCardinality(String)),
    attributes String CODEC(ZSTD(1)),
    trace_id UInt64 CODEC(ZSTD(1)),
    trace_high UInt64 CODEC(ZSTD(1)),
    span_id UInt64 CODEC(ZSTD(1)),
    INDEX words lower(message) TYPE text(tokenizer = splitByNonAlpha),
    INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = ReplacingMergeTree
PARTITION BY toDate(time)
ORDER BY (toStartOfHour(time), service, time, id)
TTL toDateTime(time) + INTERVAL 30 DAY
SETTINGS index_granularity = 4096, fsync_after_insert = 1, ttl_only_drop_parts = 1
