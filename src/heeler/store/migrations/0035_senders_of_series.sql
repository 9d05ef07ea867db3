-- Id of the API key that a series was last sent with; empty for the server's own.
ALTER TABLE series ADD COLUMN IF NOT EXISTS key_id LowCardinality(String)
