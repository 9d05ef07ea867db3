"""The agent: collects on a machine and sends to a server; small, with no engine and no web framework.

``supervisor`` runs each part of the agent ("component") as a process of its own; ``component`` says what a
component is and what it is handed. The components are ``collector`` (checks), ``dogstatsd``, ``trace`` and
``logs``.
"""
