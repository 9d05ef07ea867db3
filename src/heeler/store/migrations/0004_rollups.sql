-- What `points` comes to in each five minutes and each hour. Filled from `points` alone by store/rollup.py, whole
-- hours at a time; a later version takes the place of an earlier one. Read with FINAL, and only for times before
-- the watermark (`rollup.complete_until`).
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
-- Hours that have points: `clean` 1 when the rollups hold all of them. A row with `clean` 0 is durable before the
-- points that it announces.
CREATE TABLE IF NOT EXISTS rollup_hours (
    hour DateTime,
    version UInt64,
    clean UInt8
) ENGINE = ReplacingMergeTree(version)
ORDER BY hour
SETTINGS fsync_after_insert = 1
