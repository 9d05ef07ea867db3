-- Processes of hosts, one row each time that an agent reports one. Five minutes of all hosts are together, so that
-- the newest state of all is read at once.
CREATE TABLE IF NOT EXISTS processes (
    time DateTime CODEC(DoubleDelta, ZSTD(1)),
    host LowCardinality(String),
    pid UInt32 CODEC(ZSTD(1)),
    created UInt64 CODEC(ZSTD(1)),
    ppid UInt32 CODEC(ZSTD(1)),
    name LowCardinality(String),
    command String CODEC(ZSTD(1)),
    user LowCardinality(String),
    state LowCardinality(String),
    container LowCardinality(String),
    tags Array(LowCardinality(String)),
    cpu Float32 CODEC(ZSTD(1)),
    cpu_user Float32 CODEC(ZSTD(1)),
    cpu_system Float32 CODEC(ZSTD(1)),
    cores UInt16 CODEC(ZSTD(1)),
    rss UInt64 CODEC(ZSTD(1)),
    vms UInt64 CODEC(ZSTD(1)),
    host_memory UInt64 CODEC(ZSTD(1)),
    threads UInt32 CODEC(ZSTD(1)),
    nice Int8 CODEC(ZSTD(1)),
    open_files UInt32 CODEC(ZSTD(1)),
    read_rate Float32 CODEC(ZSTD(1)),
    write_rate Float32 CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree
PARTITION BY toStartOfInterval(time, INTERVAL 6 HOUR)
ORDER BY (toStartOfFiveMinutes(time), host, pid, created, time)
TTL time + INTERVAL 36 HOUR
SETTINGS index_granularity = 4096, fsync_after_insert = 1, ttl_only_drop_parts = 1
---
-- Containers of hosts, one row each time that an agent reports one.
CREATE TABLE IF NOT EXISTS containers (
    time DateTime CODEC(DoubleDelta, ZSTD(1)),
    host LowCardinality(String),
    id String CODEC(ZSTD(1)),
    name LowCardinality(String),
    type LowCardinality(String),
    image LowCardinality(String),
    image_digest LowCardinality(String),
    state LowCardinality(String),
    health LowCardinality(String),
    created UInt32 CODEC(ZSTD(1)),
    started UInt32 CODEC(ZSTD(1)),
    tags Array(LowCardinality(String)),
    cpu Float32 CODEC(ZSTD(1)),
    cpu_user Float32 CODEC(ZSTD(1)),
    cpu_system Float32 CODEC(ZSTD(1)),
    cpu_limit Float32 CODEC(ZSTD(1)),
    cores UInt16 CODEC(ZSTD(1)),
    rss UInt64 CODEC(ZSTD(1)),
    cache UInt64 CODEC(ZSTD(1)),
    memory UInt64 CODEC(ZSTD(1)),
    memory_limit UInt64 CODEC(ZSTD(1)),
    host_memory UInt64 CODEC(ZSTD(1)),
    read_rate Float32 CODEC(ZSTD(1)),
    write_rate Float32 CODEC(ZSTD(1)),
    received_rate Float32 CODEC(ZSTD(1)),
    sent_rate Float32 CODEC(ZSTD(1)),
    threads UInt64 CODEC(ZSTD(1)),
    thread_limit UInt64 CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree
PARTITION BY toStartOfInterval(time, INTERVAL 6 HOUR)
ORDER BY (toStartOfFiveMinutes(time), host, id, time)
TTL time + INTERVAL 36 HOUR
SETTINGS index_granularity = 4096, fsync_after_insert = 1, ttl_only_drop_parts = 1
---
-- Container images, as hosts report them: the newest row of a host and image counts.
CREATE TABLE IF NOT EXISTS container_images (
    host LowCardinality(String),
    id String,
    name String,
    registry LowCardinality(String),
    short_name LowCardinality(String),
    repo_tags Array(String),
    repo_digest String,
    tags Array(String),
    size UInt64,
    os_name LowCardinality(String),
    os_version LowCardinality(String),
    architecture LowCardinality(String),
    source LowCardinality(String),
    built UInt32,
    updated DateTime
) ENGINE = ReplacingMergeTree(updated)
ORDER BY (host, id, name)
TTL updated + INTERVAL 14 DAY
SETTINGS fsync_after_insert = 1
