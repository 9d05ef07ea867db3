"""Monitors: what to watch, how to judge it, whom to tell."""
