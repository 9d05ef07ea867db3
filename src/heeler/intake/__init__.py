"""Intake: HTTP endpoints that receive telemetry."""
