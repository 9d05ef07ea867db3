"""Tag-indexing rules and queried metrics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "queried_metrics",
        sa.Column("metric", sa.String(length=200), nullable=False),
        sa.Column("last_queried", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("metric", name=op.f("pk_queried_metrics")),
    )
    with op.batch_alter_table("queried_metrics", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_queried_metrics_last_queried"), ["last_queried"], unique=False)

    op.create_table(
        "tag_indexing_exemptions",
        sa.Column("metric", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=320), nullable=False),
        sa.PrimaryKeyConstraint("metric", name=op.f("pk_tag_indexing_exemptions")),
    )
    op.create_table(
        "tag_indexing_rules",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("rule_order", sa.Integer(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=320), nullable=False),
        sa.Column("modified_by", sa.String(length=320), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag_indexing_rules")),
    )


def downgrade() -> None:
    op.drop_table("tag_indexing_rules")
    op.drop_table("tag_indexing_exemptions")
    with op.batch_alter_table("queried_metrics", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_queried_metrics_last_queried"))

    op.drop_table("queried_metrics")
