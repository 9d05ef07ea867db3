-- Whether searches find a span. Others of its trace are stored beside it so that the trace can be viewed whole
-- (apm/retention_filters.py).
ALTER TABLE apm_spans ADD COLUMN IF NOT EXISTS indexed UInt8 DEFAULT 1
---
ALTER TABLE running_spans ADD COLUMN IF NOT EXISTS indexed UInt8 DEFAULT 1
