"""Modules that the Agent provides to ``datadog_checks.base``: ``aggregator``, ``datadog_agent`` and others.

``install(bridge)`` must run before ``datadog_checks.base`` is first imported: the base package decides at
import whether it runs in an Agent.
"""

from heeler.agent.runtime.check_bridge import Bridge
from heeler.agent.runtime.injected_modules import install

__all__ = ["Bridge", "install"]
