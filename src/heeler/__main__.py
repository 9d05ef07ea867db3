"""``python -m heeler``."""

from heeler.cli.main import main

main()
