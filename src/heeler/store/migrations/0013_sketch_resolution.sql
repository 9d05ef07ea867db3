-- Bins of latencies are stored in steps of an eighth of the sketch's: moving them from nanoseconds to seconds, or from
-- the bins of another sketch, then costs 0.1 percent of accuracy instead of 0.8. A bin with the key k stands for
-- gamma ^ (k / resolution - 1338).
ALTER TABLE sketches ADD COLUMN IF NOT EXISTS resolution UInt8 DEFAULT 1
---
ALTER TABLE apm_stats ADD COLUMN IF NOT EXISTS resolution UInt8 DEFAULT 1
