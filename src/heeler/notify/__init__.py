"""Notifications: outbox, delivery, mail and webhooks."""
