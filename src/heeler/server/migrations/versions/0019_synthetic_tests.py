"""Synthetic tests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "synthetic_variables",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("secure", sa.Boolean(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synthetic_variables")),
        sa.UniqueConstraint("name", name=op.f("uq_synthetic_variables_name")),
    )
    op.create_table(
        "synthetic_tests",
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("subtype", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("locations", sa.JSON(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("monitor_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("creator_email", sa.String(length=320), nullable=False),
        sa.Column("creator_name", sa.String(length=200), nullable=True),
        sa.Column("next_run", sa.Double(), nullable=False),
        sa.Column("last_run", sa.Double(), nullable=False),
        sa.Column("failing_since", sa.Double(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["monitor_id"],
            ["monitors.id"],
            name=op.f("fk_synthetic_tests_monitor_id_monitors"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("public_id", name=op.f("pk_synthetic_tests")),
    )
    with op.batch_alter_table("synthetic_tests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_synthetic_tests_next_run"), ["next_run"], unique=False)

    op.create_table(
        "synthetic_results",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.String(length=40), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.Column("check_time", sa.Double(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["public_id"],
            ["synthetic_tests.public_id"],
            name=op.f("fk_synthetic_results_public_id_synthetic_tests"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synthetic_results")),
        sa.UniqueConstraint("result_id", name=op.f("uq_synthetic_results_result_id")),
    )
    with op.batch_alter_table("synthetic_results", schema=None) as batch_op:
        batch_op.create_index("ix_synthetic_results_test_time", ["public_id", "check_time"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("synthetic_results", schema=None) as batch_op:
        batch_op.drop_index("ix_synthetic_results_test_time")

    op.drop_table("synthetic_results")
    with op.batch_alter_table("synthetic_tests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_synthetic_tests_next_run"))

    op.drop_table("synthetic_tests")
    op.drop_table("synthetic_variables")
