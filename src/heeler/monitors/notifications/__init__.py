"""Notifications of monitors: recipients and message content."""
