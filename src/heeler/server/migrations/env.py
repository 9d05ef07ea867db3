"""Alembic environment: uses the connection of ``heeler.server.database_migrations``; a scratch database
when a migration is generated (``make migration``)."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine

from heeler.server.database_migrations import all_tables
from heeler.store.database import UTCDateTime


def render_item(kind: str, item: object, _: object) -> str | bool:
    """Migrations write our own column type as the plain one, so that they outlive its name."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=all_tables() if context.config.attributes.get("autogenerate") else None,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine("sqlite://").connect() as scratch:
        run(scratch)
