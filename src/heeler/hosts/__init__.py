"""Hosts: inventory, host map and tags."""
