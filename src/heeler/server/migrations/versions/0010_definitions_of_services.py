"""Service definitions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_definitions",
        sa.Column("service", sa.String(length=100), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified_by", sa.String(length=320), nullable=False),
        sa.PrimaryKeyConstraint("service", name=op.f("pk_service_definitions")),
    )


def downgrade() -> None:
    op.drop_table("service_definitions")
