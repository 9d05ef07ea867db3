"""Component ``logs``: collects logs from the sources configured in ``conf.d`` and sends them."""

from heeler.agent.logs.component import LogsComponent, main

__all__ = ["LogsComponent", "main"]
