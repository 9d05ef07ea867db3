"""Service level objectives, and every change of the state of a monitor's group."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slo_reports",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("csv", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slo_reports")),
    )
    op.create_table(
        "slos",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("thresholds", sa.JSON(), nullable=False),
        sa.Column("timeframe", sa.String(length=10), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("creator_id", sa.Integer(), nullable=True),
        sa.Column("creator_email", sa.String(length=320), nullable=False),
        sa.Column("creator_name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slos")),
    )
    op.create_table(
        "monitor_state_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("monitor_id", sa.Integer(), nullable=False),
        sa.Column("group_name", sa.String(length=1000), nullable=False),
        sa.Column("before", sa.String(length=10), nullable=False),
        sa.Column("after", sa.String(length=10), nullable=False),
        sa.Column("time", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["monitor_id"],
            ["monitors.id"],
            name=op.f("fk_monitor_state_changes_monitor_id_monitors"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monitor_state_changes")),
    )
    with op.batch_alter_table("monitor_state_changes", schema=None) as batch_op:
        batch_op.create_index(
            "ix_monitor_state_changes_monitor_id_time", ["monitor_id", "time"], unique=False
        )

    op.create_table(
        "slo_corrections",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("slo_id", sa.String(length=32), nullable=True),
        sa.Column("slo_query", sa.Text(), nullable=True),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("start", sa.Double(), nullable=False),
        sa.Column("end", sa.Double(), nullable=True),
        sa.Column("duration", sa.Integer(), nullable=True),
        sa.Column("rrule", sa.Text(), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=True),
        sa.Column("creator_email", sa.String(length=320), nullable=False),
        sa.Column("creator_name", sa.String(length=200), nullable=False),
        sa.Column("modifier_email", sa.String(length=320), nullable=False),
        sa.Column("modifier_name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["slo_id"], ["slos.id"], name=op.f("fk_slo_corrections_slo_id_slos"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slo_corrections")),
    )
    with op.batch_alter_table("slo_corrections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slo_corrections_slo_id"), ["slo_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("slo_corrections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slo_corrections_slo_id"))

    op.drop_table("slo_corrections")
    with op.batch_alter_table("monitor_state_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_monitor_state_changes_monitor_id_time")

    op.drop_table("monitor_state_changes")
    op.drop_table("slos")
    op.drop_table("slo_reports")
