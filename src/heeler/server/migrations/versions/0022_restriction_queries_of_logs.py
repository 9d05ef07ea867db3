"""restriction queries of logs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "restriction_queries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifier_email", sa.String(length=320), nullable=False),
        sa.Column("modifier_name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restriction_queries")),
    )
    op.create_table(
        "restriction_query_roles",
        sa.Column("role_id", sa.String(length=36), nullable=False),
        sa.Column("query_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["query_id"],
            ["restriction_queries.id"],
            name=op.f("fk_restriction_query_roles_query_id_restriction_queries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("role_id", name=op.f("pk_restriction_query_roles")),
    )
    with op.batch_alter_table("restriction_query_roles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_restriction_query_roles_query_id"), ["query_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("restriction_query_roles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_restriction_query_roles_query_id"))

    op.drop_table("restriction_query_roles")
    op.drop_table("restriction_queries")
