-- One row a point. The hour precedes the series in the key, so that the last hour of many series is one range.
-- Of two points with the same series and second the later insert wins, in merges and in reads.
-- A value that was divided before it arrived (a count by its interval, hundredths to percent) is stored as the
-- integer `raw` and the divisor `scale`, which compress far better than the double, provided that the division
-- yields exactly the same double; otherwise `scale` is 0 and `raw` is the value.
CREATE TABLE IF NOT EXISTS points (
    metric LowCardinality(String),
    series UInt64 CODEC(ZSTD(1)),
    time DateTime CODEC(DoubleDelta, ZSTD(1)),
    raw Float64 CODEC(ZSTD(1)),
    scale UInt16 DEFAULT 0 CODEC(ZSTD(1)),
    value Float64 ALIAS if(scale = 0, raw, raw / scale)
) ENGINE = ReplacingMergeTree
PARTITION BY toDate(time)
ORDER BY (metric, toStartOfHour(time), series, time)
SETTINGS index_granularity = 2048, fsync_after_insert = 1
---
-- A series is a metric, a host and a set of tags; `series` is their 64-bit hash. Type: gauge, rate, count.
CREATE TABLE IF NOT EXISTS series (
    metric LowCardinality(String),
    series UInt64,
    type LowCardinality(String),
    interval UInt32,
    unit LowCardinality(String),
    source LowCardinality(String),
    host LowCardinality(String),
    tags Array(LowCardinality(String)),
    last_seen DateTime
) ENGINE = ReplacingMergeTree(last_seen)
ORDER BY (metric, series)
SETTINGS fsync_after_insert = 1
---
-- Distributions: one DDSketch a row, with exact count, sum, min and max. Bin keys are those of the Agent's
-- sketch (gamma 1.015625, bias 1338). `origin` is the hash of the request body: a body sent again replaces its
-- rows, while sketches of different bodies for one second are summed. Read with FINAL.
CREATE TABLE IF NOT EXISTS sketches (
    metric LowCardinality(String),
    series UInt64 CODEC(ZSTD(1)),
    time DateTime CODEC(DoubleDelta, ZSTD(1)),
    count UInt64 CODEC(ZSTD(1)),
    sum Float64 CODEC(ZSTD(1)),
    min Float64 CODEC(ZSTD(1)),
    max Float64 CODEC(ZSTD(1)),
    keys Array(Int16) CODEC(ZSTD(1)),
    counts Array(UInt32) CODEC(ZSTD(1)),
    origin UInt64 CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree
PARTITION BY toDate(time)
ORDER BY (metric, toStartOfHour(time), series, time, origin)
SETTINGS index_granularity = 512, fsync_after_insert = 1
