-- How a log's attributes had the ids that are columns (wire/logs/id_forms.py): they are not in the map as well.
ALTER TABLE log_events ADD COLUMN IF NOT EXISTS ids LowCardinality(String) CODEC(ZSTD(1))
---
-- Columns of few words have the codec of the others, in place of the engine's default: half the bytes. Existing
-- parts are read as they are, and compressed anew when they are merged.
ALTER TABLE log_events
    MODIFY COLUMN service LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN host LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN source LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN status LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN tags Array(LowCardinality(String)) CODEC(ZSTD(1)),
    MODIFY COLUMN http_status LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN http_method LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN error_kind LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN logger_name LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN index_name LowCardinality(String) CODEC(ZSTD(1))
