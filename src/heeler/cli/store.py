"""``heeler store``: disk usage and integrity check of the telemetry store."""

from __future__ import annotations

import time

import click

from heeler.cli.common import data_option, read_settings, run, table
from heeler.cli.progress import human_bytes


@click.group("store")
def command() -> None:
    """Look after the telemetry store, while the server runs too."""


@command.command("usage")
@data_option
def usage(data_dir: str | None) -> None:
    """Show rows, bytes and age of every table."""
    from heeler.cli.control import through_server_or_here

    found = run(through_server_or_here(read_settings(data_dir), {"command": "usage"}))
    rows: list[tuple[str, ...]] = [
        ("TABLE", "ROWS", "PARTS", "SIZE", "BYTES A ROW", "COMPRESSION", "OLDEST", "NEWEST")
    ]
    for row in found["tables"]:
        count, size = row["rows"], row["stored_bytes"]
        rows.append(
            (
                row["table"],
                f"{count:,}",
                str(row["parts"]),
                human_bytes(size),
                f"{size / count:.2f}" if count else "",
                f"{row['raw_bytes'] / size:.1f}x" if size else "",
                _day(row["oldest"]),
                _day(row["newest"]),
            )
        )
    click.echo(table(rows))


@command.command("check")
@data_option
def check(data_dir: str | None) -> None:
    """Compare every part with its checksums."""
    from heeler.cli.control import through_server_or_here

    found = run(through_server_or_here(read_settings(data_dir), {"command": "check"}))
    if found["problems"]:
        raise click.ClickException("Damaged parts:\n" + "\n".join(found["problems"]))
    click.echo("Every part of the store matches its checksums")


def _day(seconds: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds)) if seconds else ""
