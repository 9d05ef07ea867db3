"""Storage: telemetry engine, durable writer, retention, rollups, and the configuration database."""
