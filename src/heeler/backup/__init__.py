"""Backups of a running server: telemetry and configuration, consistent, incremental, verified."""
