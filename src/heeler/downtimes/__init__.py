"""Downtimes: schedules during which notifications of monitors are muted."""
