"""Scheduled reports: dashboards rendered without a browser and sent by mail."""
