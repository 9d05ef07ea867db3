"""The agent: collects telemetry on a machine and sends it to a server. Imports no engine and no web
framework.

``supervisor`` runs each component of the agent as a separate process; ``component`` defines what a component
is and which context it receives. The components are ``collector`` (checks), ``dogstatsd``, ``trace`` and
``logs``.
"""
