"""The page of the agent's settings: what is honored and what is not used, from `heeler.agent`."""

from __future__ import annotations

from heeler.agent.unused_settings import settings_table

_TOP = """\
# Settings of the agent

The settings of the Datadog Agent's public `datadog.yaml`, each honored or not used by Heeler. `DD_*`
variables win over the file: `logs_config.batch_wait` is `DD_LOGS_CONFIG_BATCH_WAIT`. A `*` stands for the
rest of a name. A setting that is not used is named when the agent starts, in `heeler agent status` and by
`heeler agent diagnose`; one that is not known, with the nearest that is. This page is written by
`make reference` from `agent/defaults.py` and `agent/unused_settings.py`.
"""


def agent_settings_page() -> str:
    """Every setting, by name."""
    return "\n".join([_TOP, *settings_table(), ""])
