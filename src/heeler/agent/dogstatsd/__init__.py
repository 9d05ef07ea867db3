"""Component ``dogstatsd``: receives metrics, events and service checks over UDP and Unix sockets."""

from heeler.agent.dogstatsd.server import main

__all__ = ["main"]
