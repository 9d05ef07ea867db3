"""The command line of the programs that drive a server with the client's models."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from datadog_api_client import Configuration

from bench.servers import API_KEY, APP_KEY, heeler

Run = Callable[[Configuration, argparse.Namespace], int]


def parser_of(description: str, most: int) -> argparse.ArgumentParser:
    """A parser with the options that all have; ``most``: default of the maximal bodies of a resource."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--only", default="", help="a regular expression of resources")
    parser.add_argument("--most", type=int, default=most, help="maximal bodies of a resource")
    parser.add_argument("--url", default="", help="a server that runs already")
    return parser


def run_with_server(run: Run, options: argparse.Namespace) -> int:
    """The exit code of ``run`` with the server of ``--url``, or else one that is started for it."""
    if options.url:
        return run(_configuration(options.url), options)
    with tempfile.TemporaryDirectory() as folder, heeler(Path(folder) / "server") as server:
        return run(_configuration(f"http://127.0.0.1:{server.port}"), options)


def _configuration(url: str) -> Configuration:
    configuration = Configuration(host=url)
    configuration.api_key = {"apiKeyAuth": API_KEY, "appKeyAuth": APP_KEY}
    return configuration
