-- Whether searches find a span. Other spans of its trace are stored too, so that the whole trace can be viewed
-- (apm/retention_filters.py).
ALTER TABLE apm_spans ADD COLUMN IF NOT EXISTS indexed UInt8 DEFAULT 1
---
ALTER TABLE running_spans ADD COLUMN IF NOT EXISTS indexed UInt8 DEFAULT 1
