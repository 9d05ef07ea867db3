"""Custom roles, scopes of keys, access tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: The ids of the managed roles.
MANAGED = {
    "admin": "ce84872d-9bdc-5218-913e-b1c2d48949bc",
    "standard": "741228e0-771f-5fbc-b679-f8bc7b26b326",
    "read-only": "bb2abdba-db1f-5d35-8c34-c442c4383598",
}


def upgrade() -> None:
    op.create_table(
        "roles",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_roles_name")),
    )
    op.create_table(
        "user_roles",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_roles_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_user_roles")),
    )
    with op.batch_alter_table("user_roles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_roles_role_id"), ["role_id"], unique=False)

    # Plain ALTER statements: a copied `users` table would take sessions and keys along when the old one is
    # dropped.
    op.add_column(
        "keys", sa.Column("public_portion", sa.String(length=40), nullable=False, server_default="")
    )
    op.add_column("keys", sa.Column("category", sa.String(length=100), nullable=False, server_default=""))
    op.add_column("keys", sa.Column("scopes", sa.JSON(), nullable=True))
    op.add_column("keys", sa.Column("expires", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "users", sa.Column("service_account", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for role, identity in MANAGED.items():
        op.execute(
            sa.text(
                "INSERT INTO user_roles (user_id, role_id) SELECT id, :identity FROM users WHERE role = :role"
            ).bindparams(identity=identity, role=role)
        )
    op.drop_column("users", "role")


def downgrade() -> None:
    op.add_column("users", sa.Column("role", sa.String(length=20), nullable=False, server_default="standard"))
    for role, identity in MANAGED.items():
        op.execute(
            sa.text(
                "UPDATE users SET role = :role "
                "WHERE id IN (SELECT user_id FROM user_roles WHERE role_id = :identity)"
            ).bindparams(identity=identity, role=role)
        )
    op.drop_column("users", "service_account")
    for name in ("expires", "scopes", "category", "public_portion"):
        op.drop_column("keys", name)
    with op.batch_alter_table("user_roles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_roles_role_id"))

    op.drop_table("user_roles")
    op.drop_table("roles")
