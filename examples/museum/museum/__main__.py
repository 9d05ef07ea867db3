"""``python -m museum``: visitors until a signal or for ``--seconds``."""

from __future__ import annotations

import argparse
import os
import random
import time

from datadog.dogstatsd import DogStatsd

from museum.visitors import Visitors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:5060")
    parser.add_argument("--pace", type=float, default=10, help="museum seconds in one of ours")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int)
    chosen = parser.parse_args()
    statsd = DogStatsd(
        host=os.environ.get("DD_AGENT_HOST", "127.0.0.1"),
        port=int(os.environ.get("DD_DOGSTATSD_PORT", "8125")),
        constant_tags=["service:museum", "env:demo"],
    )
    Visitors(chosen.url, statsd, chosen.pace, random.Random(chosen.seed)).run(
        time.monotonic() + chosen.seconds
    )


if __name__ == "__main__":
    main()
