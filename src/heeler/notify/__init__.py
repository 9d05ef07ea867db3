"""Telling people: the outbox, mail and webhooks."""
