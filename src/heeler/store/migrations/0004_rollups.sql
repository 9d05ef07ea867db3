-- Aggregates of `points` over five minutes and an hour. Computed from `points` alone by store/rollup.py, in
-- whole hours; a later version replaces an earlier one. Read with FINAL, and only for times before the watermark
-- (`rollup.complete_until`).
CREATE TABLE IF NOT EXISTS points_5m (
    metric LowCardinality(String),
    series UInt64 CODEC(ZSTD(1)),
    time DateTime CODEC(DoubleDelta, ZSTD(1)),
    count UInt32 CODEC(ZSTD(1)),
    sum Float64 CODEC(ZSTD(1)),
    min Float64 CODEC(ZSTD(1)),
    max Float64 CODEC(ZSTD(1)),
    last Float64 CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(time)
ORDER BY (metric, toDate(time), series, time)
SETTINGS index_granularity = 2048, fsync_after_insert = 1
---
CREATE TABLE IF NOT EXISTS points_1h (
    metric LowCardinality(String),
    series UInt64 CODEC(ZSTD(1)),
    time DateTime CODEC(DoubleDelta, ZSTD(1)),
    count UInt32 CODEC(ZSTD(1)),
    sum Float64 CODEC(ZSTD(1)),
    min Float64 CODEC(ZSTD(1)),
    max Float64 CODEC(ZSTD(1)),
    last Float64 CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree(version)
PARTITION BY toYear(time)
ORDER BY (metric, toStartOfMonth(time), series, time)
SETTINGS index_granularity = 2048, fsync_after_insert = 1
---
-- Hours with points: `clean` is 1 when the rollups contain all of them. A row with `clean` 0 is durable before
-- the points of its hour are inserted.
CREATE TABLE IF NOT EXISTS rollup_hours (
    hour DateTime,
    version UInt64,
    clean UInt8
) ENGINE = ReplacingMergeTree(version)
ORDER BY hour
SETTINGS fsync_after_insert = 1
