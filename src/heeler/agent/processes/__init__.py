"""Component ``processes``: collects live processes and containers of this machine and sends them."""

from heeler.agent.processes.component import main

__all__ = ["main"]
