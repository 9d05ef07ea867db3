"""Registry of channels by type."""

from __future__ import annotations

from heeler.notify.channels import msteams, ntfy, opsgenie, pagerduty, slack
from heeler.notify.channels.base import Channel

CHANNELS: dict[str, Channel] = {
    channel.kind: channel
    for channel in (
        slack.ACCOUNT,
        slack.CHANNEL,
        msteams.CHANNEL,
        pagerduty.CHANNEL,
        opsgenie.ACCOUNT,
        opsgenie.CHANNEL,
        ntfy.CHANNEL,
    )
}
