"""Issues of error tracking."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "error_issue_activity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue", sa.String(length=36), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user", sa.String(length=320), nullable=False),
        sa.Column("change", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_error_issue_activity")),
    )
    with op.batch_alter_table("error_issue_activity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_error_issue_activity_issue"), ["issue"], unique=False)

    op.create_table(
        "error_issue_states",
        sa.Column("issue", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_versions", sa.JSON(), nullable=False),
        sa.Column("regressed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("regressed_version", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["users.id"],
            name=op.f("fk_error_issue_states_assignee_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("issue", name=op.f("pk_error_issue_states")),
    )


def downgrade() -> None:
    op.drop_table("error_issue_states")
    with op.batch_alter_table("error_issue_activity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_error_issue_activity_issue"))

    op.drop_table("error_issue_activity")
