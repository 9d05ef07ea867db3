"""Scheduled reports: dashboards drawn without a browser and sent by mail."""
