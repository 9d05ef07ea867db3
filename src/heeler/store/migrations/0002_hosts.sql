-- Tags of a host by source ("system" is the agent's own configuration). The latest row of (host, source) has all
-- tags of that source.
CREATE TABLE IF NOT EXISTS host_tags (
    host String,
    source LowCardinality(String),
    tags Array(LowCardinality(String)),
    updated DateTime64(3)
) ENGINE = ReplacingMergeTree(updated)
ORDER BY (host, source)
SETTINGS fsync_after_insert = 1
---
-- Metadata sent by a host, as JSON by kind (`v5`, `agent_metadata`, `host_metadata`, ...).
CREATE TABLE IF NOT EXISTS host_metadata (
    host String,
    kind LowCardinality(String),
    payload String CODEC(ZSTD(3)),
    updated DateTime64(3)
) ENGINE = ReplacingMergeTree(updated)
ORDER BY (host, kind)
SETTINGS fsync_after_insert = 1
