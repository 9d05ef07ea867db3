-- One row for each error in a span or a log. `issue` is the fingerprint shared by similar errors
-- (errors/fingerprint.py).
CREATE TABLE IF NOT EXISTS error_events (
    issue LowCardinality(String),
    time DateTime64(3) CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String),
    service LowCardinality(String),
    env LowCardinality(String),
    version LowCardinality(String),
    host LowCardinality(String),
    language LowCardinality(String),
    type LowCardinality(String),
    message String CODEC(ZSTD(1)),
    stack String CODEC(ZSTD(1)),
    file LowCardinality(String),
    function LowCardinality(String),
    resource String CODEC(ZSTD(1)),
    usr_id String CODEC(ZSTD(1)),
    trace_id UInt64 CODEC(ZSTD(1)),
    trace_high UInt64 CODEC(ZSTD(1)),
    span_id UInt64 CODEC(ZSTD(1))
) ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (issue, time, span_id)
TTL toDateTime(time) + INTERVAL 30 DAY
SETTINGS index_granularity = 2048, fsync_after_insert = 1, ttl_only_drop_parts = 1
---
-- Summary of an issue over all time, retained after its errors have expired.
CREATE TABLE IF NOT EXISTS error_issues (
    issue LowCardinality(String),
    service SimpleAggregateFunction(any, String),
    type SimpleAggregateFunction(any, String),
    message SimpleAggregateFunction(anyLast, String),
    file SimpleAggregateFunction(any, String),
    function SimpleAggregateFunction(any, String),
    languages SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
    sources SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
    first_seen SimpleAggregateFunction(min, DateTime64(3)),
    last_seen SimpleAggregateFunction(max, DateTime64(3)),
    first_version AggregateFunction(argMin, String, DateTime64(3)),
    last_version AggregateFunction(argMax, String, DateTime64(3)),
    total SimpleAggregateFunction(sum, UInt64)
) ENGINE = AggregatingMergeTree
ORDER BY issue
---
CREATE MATERIALIZED VIEW IF NOT EXISTS error_issues_of_events TO error_issues AS
SELECT
    issue, any(service) AS service, any(type) AS type, anyLast(message) AS message, any(file) AS file,
    any(function) AS function, groupUniqArray(toString(language)) AS languages,
    groupUniqArray(toString(source)) AS sources, min(time) AS first_seen, max(time) AS last_seen,
    argMinState(toString(version), time) AS first_version, argMaxState(toString(version), time) AS last_version,
    toUInt64(count()) AS total
FROM error_events GROUP BY issue
