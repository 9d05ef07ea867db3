"""Roles of users move from a column to a table, and nothing else is touched."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from heeler.accounts.roles import role_id
from heeler.server.database_migrations import alembic_config
from heeler.store.database import Database

_SCRIPTS = ScriptDirectory.from_config(alembic_config())
_ROLES = next(script for script in _SCRIPTS.walk_revisions() if "custom_roles" in str(script.path))
BEFORE, ROLES = str(_ROLES.down_revision), _ROLES.revision
_NOW = "2026-01-01 00:00:00"


def _fill(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), BEFORE)
    for number, role in enumerate(("admin", "standard", "read-only"), 1):
        connection.execute(
            text(
                "INSERT INTO users (id, uuid, email, name, title, role, password_hash, disabled, created,"
                f" modified) VALUES ({number}, '{number}', '{role}@x', '', '', '{role}', 'h', 0,"
                f" '{_NOW}', '{_NOW}')"
            )
        )
    connection.execute(
        text(
            "INSERT INTO keys (id, kind, name, hash, last4, user_id, created, modified)"
            f" VALUES ('k', 'app', 'K', 'h', '1234', 1, '{_NOW}', '{_NOW}')"
        )
    )
    connection.execute(
        text(
            "INSERT INTO sessions (token_hash, user_id, created, expires)"
            f" VALUES ('t', 1, '{_NOW}', '{_NOW}')"
        )
    )


async def test_roles_are_carried_over_and_keys_and_sessions_stay(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/db.sqlite")
    async with database.engine.connect() as connection:
        await connection.run_sync(_fill)
        await connection.commit()
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), ROLES))
        await connection.commit()
        rows = (
            await connection.execute(text("SELECT user_id, role_id FROM user_roles ORDER BY user_id"))
        ).all()
        assert [tuple(row) for row in rows] == [
            (1, role_id("admin")),
            (2, role_id("standard")),
            (3, role_id("read-only")),
        ]
        for table in ("keys", "sessions"):
            assert (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar() == 1
    await database.close()
