"""Evaluation of monitors: rounds, queries, the state machine, and what is written of them."""
