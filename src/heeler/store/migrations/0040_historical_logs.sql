-- Logs that were read back from archives, with the columns of `log_events`; `index_name` is the historical view, which
-- is a partition: it is dropped as a whole. They have no TTL, whatever their time.
CREATE TABLE IF NOT EXISTS historical_logs AS log_events
ENGINE = MergeTree
PARTITION BY index_name
ORDER BY (time, seq)
SETTINGS index_granularity = 2048, min_compress_block_size = 16384, max_compress_block_size = 65536,
    merge_selector_base = 10, fsync_after_insert = 1
