"""fields of keys and roles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "keys", sa.Column("remote_config_read", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column(
        "roles",
        sa.Column("default_permissions_opt_out", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("roles", "default_permissions_opt_out")
    op.drop_column("keys", "remote_config_read")
