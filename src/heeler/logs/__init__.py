"""Logs: ingestion, pipelines, indexes, generated metrics, search and live tail."""
