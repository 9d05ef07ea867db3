-- Latency bins are stored with eight keys per bin of the sketch: converting them from nanoseconds to seconds, or
-- from another sketch's bins, then costs 0.1 percent of accuracy instead of 0.8. The value of key k is gamma ^
-- (k / resolution - 1338).
ALTER TABLE sketches ADD COLUMN IF NOT EXISTS resolution UInt8 DEFAULT 1
---
ALTER TABLE apm_stats ADD COLUMN IF NOT EXISTS resolution UInt8 DEFAULT 1
