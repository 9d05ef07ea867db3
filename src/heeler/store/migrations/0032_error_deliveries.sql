-- What delivery brought an error and when it arrived: one that is sent again after a crash is recognized.
ALTER TABLE error_events
    ADD COLUMN IF NOT EXISTS origin UInt64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS arrived DateTime DEFAULT now() CODEC(DoubleDelta, ZSTD(1))
