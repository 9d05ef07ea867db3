"""Processes and containers of hosts: what runs now, and what ran in the last hours."""
