"""Checks that come with the agent: of the host, and of databases and services. Each file is one
``AgentCheck``.
"""
