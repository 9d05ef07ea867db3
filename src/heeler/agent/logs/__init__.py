"""The component ``logs``: collects the sources that ``conf.d`` names and sends their messages."""

from heeler.agent.logs.component import LogsComponent, main

__all__ = ["LogsComponent", "main"]
