-- Trace statistics of agents in buckets of ten seconds, independent of sampling. Durations are nanoseconds; keys
-- and counts are bins of the Agent's sketch (gamma 1.015625, bias 1338) over seconds. `origin` and `part`
-- identify the delivery and the group of a row, so that a repeated delivery counts once.
CREATE TABLE IF NOT EXISTS apm_stats (
    service LowCardinality(String),
    time DateTime CODEC(DoubleDelta, ZSTD(1)),
    env LowCardinality(String),
    name LowCardinality(String),
    resource String CODEC(ZSTD(1)),
    type LowCardinality(String),
    host LowCardinality(String),
    version LowCardinality(String),
    language LowCardinality(String),
    span_kind LowCardinality(String),
    http_status UInt16,
    http_method LowCardinality(String),
    http_endpoint LowCardinality(String),
    trace_root UInt8,
    synthetics UInt8,
    peer_tags Array(LowCardinality(String)),
    hits UInt64 CODEC(ZSTD(1)),
    errors UInt64 CODEC(ZSTD(1)),
    top_level UInt64 CODEC(ZSTD(1)),
    duration UInt64 CODEC(ZSTD(1)),
    ok_keys Array(Int16) CODEC(ZSTD(1)),
    ok_counts Array(UInt64) CODEC(ZSTD(1)),
    error_keys Array(Int16) CODEC(ZSTD(1)),
    error_counts Array(UInt64) CODEC(ZSTD(1)),
    origin UInt64,
    part UInt32
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (service, toStartOfHour(time), time, origin, part)
TTL time + INTERVAL 450 DAY
SETTINGS index_granularity = 2048, fsync_after_insert = 1
