"""Evaluation of monitors: rounds, queries, the state machine, and the storage of results."""
