"""``python -m heeler``."""

from heeler.cli.entry_point import run

run()
