"""teams of saved views."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("explorer_views") as table:
        table.add_column(sa.Column("team_id", sa.String(length=36), nullable=True))
        table.create_index(op.f("ix_explorer_views_team_id"), ["team_id"])
        table.create_foreign_key(
            op.f("fk_explorer_views_team_id_teams"), "teams", ["team_id"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    with op.batch_alter_table("explorer_views") as table:
        table.drop_constraint(op.f("fk_explorer_views_team_id_teams"), type_="foreignkey")
        table.drop_index(op.f("ix_explorer_views_team_id"))
        table.drop_column("team_id")
