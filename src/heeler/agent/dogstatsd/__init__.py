"""The component ``dogstatsd``: metrics, events and service checks that applications send over UDP and Unix
sockets.
"""

from heeler.agent.dogstatsd.server import main

__all__ = ["main"]
