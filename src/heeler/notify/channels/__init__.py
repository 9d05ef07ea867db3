"""Notification channels: one module each, with its message format and transport."""
