"""scopes of quotas."""

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


def downgrade() -> None:
    op.execute("DELETE FROM usage_quotas WHERE scope NOT IN ('all', 'key') OR signal = 'series'")
    op.drop_column("usage_quotas", "scope_value")
    op.drop_column("usage_quotas", "scope")
