"""Monitors: queries, evaluation, notification."""
