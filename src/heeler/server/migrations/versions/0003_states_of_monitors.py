"""The states of a monitor's groups in one row; drafts and runbooks."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "monitor_states",
        sa.Column("monitor_id", sa.Integer(), nullable=False),
        sa.Column("states", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["monitor_id"],
            ["monitors.id"],
            name=op.f("fk_monitor_states_monitor_id_monitors"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("monitor_id", name=op.f("pk_monitor_states")),
    )
    _move_states()
    op.drop_table("monitor_groups")
    with op.batch_alter_table("monitors", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("draft_status", sa.String(length=10), server_default="published", nullable=False)
        )
        batch_op.add_column(sa.Column("assets", sa.JSON(), server_default="[]", nullable=False))


def _move_states() -> None:
    """One row for the groups of each monitor, a JSON object by name."""
    bind = op.get_bind()
    old = sa.table(
        "monitor_groups", sa.column("monitor_id", sa.Integer), sa.column("name"), sa.column("state", sa.JSON)
    )
    new = sa.table("monitor_states", sa.column("monitor_id"), sa.column("states", sa.LargeBinary))
    found: dict[int, dict[str, object]] = {}
    for monitor_id, name, state in bind.execute(sa.select(old.c.monitor_id, old.c.name, old.c.state)):
        found.setdefault(monitor_id, {})[name] = state
    rows = [{"monitor_id": key, "states": json.dumps(states).encode()} for key, states in found.items()]
    if rows:
        bind.execute(sa.insert(new), rows)


def downgrade() -> None:
    with op.batch_alter_table("monitors", schema=None) as batch_op:
        batch_op.drop_column("assets")
        batch_op.drop_column("draft_status")

    op.create_table(
        "monitor_groups",
        sa.Column("monitor_id", sa.INTEGER(), nullable=False),
        sa.Column("name", sa.VARCHAR(length=1000), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["monitor_id"],
            ["monitors.id"],
            name=op.f("fk_monitor_groups_monitor_id_monitors"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("monitor_id", "name", name=op.f("pk_monitor_groups")),
    )
    op.drop_table("monitor_states")
