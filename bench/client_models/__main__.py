"""Sends what the models of `datadog-api-client` can express, and compares what is read with what was sent.

    python -m bench.client_models [--only REGEX] [--randoms 20] [--most 200] [--seed 1] [--singles]

A server is started. Each resource is made, read, listed, changed and deleted by the real client with minimal,
maximal and random bodies; the table has the bodies, the fields compared, and what differed.
"""

from __future__ import annotations

import argparse
import re
import sys
import time

from datadog_api_client import Configuration

from bench.client_models.calls import Client
from bench.client_models.check import Checker
from bench.client_models.command import parser_of, run_with_server
from bench.client_models.resources import RESOURCES
from bench.client_models.seeds import GENERAL
from bench.client_models.world import make_world


def main() -> int:
    parser = parser_of(__doc__ or "", most=200)
    parser.add_argument("--randoms", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--singles", action="store_true", help="also each optional field alone")
    return run_with_server(_run, parser.parse_args())


def _run(configuration: Configuration, options: argparse.Namespace) -> int:
    client = Client(configuration)
    checker = Checker(client, make_world(client), GENERAL, options.seed)
    print(f"{'resource':34} bodies    fields faults   time")
    for resource in RESOURCES:
        if re.search(options.only, resource.name):
            start = time.monotonic()
            checker.run(resource, options.most, options.randoms, singles=options.singles)
            bodies, fields = checker.tally.bodies[resource.name], checker.tally.fields[resource.name]
            faults = len(checker.tally.faults.get(resource.name, ()))
            took = time.monotonic() - start
            print(f"{resource.name:34} {bodies:6} {fields:9,} {faults:6} {took:6.1f} s", flush=True)
    for name, faults in checker.tally.faults.items():
        for fault in faults.values():
            print(f"FAULT {name}: {fault}")
    for (name, field), message in checker.tally.refusals.items():
        print(f"REFUSED {name}: {field}: {message}")
    return 1 if checker.tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
