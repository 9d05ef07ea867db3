"""Audit trail; sessions with an id, address and browser."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index(op.f("ix_audit_events_actor"), "audit_events", ["actor"])
    op.create_index(op.f("ix_audit_events_time"), "audit_events", ["time"])
    op.execute("DELETE FROM sessions")  # they have no id by which they could be ended: people log in again
    op.add_column("sessions", sa.Column("id", sa.String(length=36), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("address", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("browser", sa.String(length=300), nullable=False, server_default=""))


def downgrade() -> None:
    for name in ("browser", "address", "id"):
        op.drop_column("sessions", name)
    op.drop_index(op.f("ix_audit_events_time"), "audit_events")
    op.drop_index(op.f("ix_audit_events_actor"), "audit_events")
    op.drop_table("audit_events")
