-- The id of an event is derived from its time and request body, so that a retried request yields one event.
CREATE TABLE IF NOT EXISTS events (
    time DateTime,
    id UInt64,
    title String CODEC(ZSTD(1)),
    text String CODEC(ZSTD(1)),
    host LowCardinality(String),
    source LowCardinality(String),
    alert_type LowCardinality(String),
    priority LowCardinality(String),
    aggregation_key String,
    tags Array(LowCardinality(String)),
    attributes String DEFAULT '{}' CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (time, id)
SETTINGS fsync_after_insert = 1
---
-- Runs of service checks, deduplicated by content: 0 OK, 1 warning, 2 critical, 3 unknown.
CREATE TABLE IF NOT EXISTS check_runs (
    check LowCardinality(String),
    time DateTime,
    host LowCardinality(String),
    status UInt8,
    message String CODEC(ZSTD(1)),
    tags Array(LowCardinality(String))
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (check, time, host, tags)
SETTINGS fsync_after_insert = 1
