"""Writes a migration: the difference between the migrations so far and the models.

``python tools/migration.py "add colors to teams"`` adds one; ``--initial`` writes the first one anew, which
is right only before a release.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from heeler.server.database_migrations import MIGRATIONS, alembic_config

VERSIONS = MIGRATIONS / "versions"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("message", nargs="?", default="tables of the first release")
    parser.add_argument("--initial", action="store_true")
    arguments = parser.parse_args()
    existing = sorted(VERSIONS.glob("[0-9]*.py"))
    if arguments.initial:
        for file in existing:
            file.unlink()
        existing = []
    number = f"{len(existing) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'scratch.sqlite'}")
        with engine.connect() as connection:
            config = alembic_config(connection)
            config.attributes["autogenerate"] = True
            config.set_main_option("file_template", f"{number}_%%(slug)s")
            command.upgrade(config, "head")
            command.revision(config, arguments.message, autogenerate=True, rev_id=number)
        engine.dispose()
    written = next(VERSIONS.glob(f"{number}_*.py"))
    text = written.read_text()
    written.write_text(re.sub(r"    # ### (commands auto generated|end Alembic).*\n", "", text))
    for arguments_of_ruff in (["format", "-q"], ["check", "--fix", "-q"], ["format", "-q"]):
        subprocess.run([Path(sys.executable).parent / "ruff", *arguments_of_ruff, written], check=True)
    print(f"{written.relative_to(Path.cwd())}: read it before it is committed")


if __name__ == "__main__":
    main()
