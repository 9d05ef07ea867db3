"""Getting payloads to the server: queue, retries with backoff, a spool on disk for when the server is
away.
"""

from heeler.agent.forwarder.destination import Destination, destinations
from heeler.agent.forwarder.forwarder import Forwarder
from heeler.agent.forwarder.transaction import Transaction

__all__ = ["Destination", "Forwarder", "Transaction", "destinations"]
