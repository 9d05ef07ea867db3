-- Logs counted by minute and by the columns that timelines and facets are counted by most: the engine answers
-- counts from it (query/search/minute_counts.py) and keeps it with the rows of each part, so that it has what they
-- have, whatever is inserted twice, expires or is deleted.
ALTER TABLE log_events ADD PROJECTION IF NOT EXISTS counts (
    SELECT toStartOfMinute(time), index_name, service, status, source, host, count()
    GROUP BY toStartOfMinute(time), index_name, service, status, source, host
)
---
-- In the background; parts that do not have it yet are counted by their rows.
ALTER TABLE log_events MATERIALIZE PROJECTION counts
