"""scopes of quotas and views of monitors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, length, default in (("scope", 20, "all"), ("scope_value", 200, "")):
        column = sa.Column(name, sa.String(length=length), server_default=default, nullable=False)
        op.add_column("usage_quotas", column)
    op.execute("UPDATE usage_quotas SET scope = 'key' WHERE key_id IS NOT NULL")
    op.create_table(
        "monitor_views",
        sa.Column("monitor_id", sa.Integer(), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["monitor_id"], ["monitors.id"], name=op.f("fk_monitor_views_monitor_id_monitors"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("monitor_id", name=op.f("pk_monitor_views")),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("monitor_views")
    op.execute("DELETE FROM usage_quotas WHERE scope NOT IN ('all', 'key') OR signal = 'series'")
    op.drop_column("usage_quotas", "scope_value")
    op.drop_column("usage_quotas", "scope")
