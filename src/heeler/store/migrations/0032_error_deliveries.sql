-- Delivery and arrival time of an error, to recognize a delivery that is sent again after a crash.
ALTER TABLE error_events
    ADD COLUMN IF NOT EXISTS origin UInt64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS arrived DateTime DEFAULT now() CODEC(DoubleDelta, ZSTD(1))
