"""Forwarder: delivers payloads to the server, with queues, retries with backoff, and an on-disk spool."""

from heeler.agent.forwarder.destination import Destination, destinations
from heeler.agent.forwarder.forwarder import Forwarder
from heeler.agent.forwarder.transaction import Transaction

__all__ = ["Destination", "Forwarder", "Transaction", "destinations"]
