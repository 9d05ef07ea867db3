"""Notifications of monitors: who is notified, and what each message says."""
