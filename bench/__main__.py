"""``python -m bench``: every benchmark, one table. ``--quick`` is a tenth of the load."""

from __future__ import annotations

import argparse

from bench import compare, disk, ingest, query


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the load, to see that it runs")
    arguments = parser.parse_args()
    ingest.run(scale=0.1 if arguments.quick else 1.0)
    disk.run(hosts=1 if arguments.quick else 4)
    compare.run(scale=0.1 if arguments.quick else 1.0)
    query.run(hosts=100 if arguments.quick else 1000)


main()
