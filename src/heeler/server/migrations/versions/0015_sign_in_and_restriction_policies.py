"""Sign-in, organization, restriction policies and team hierarchy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organizations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=1000), nullable=False),
        sa.Column("configs", sa.JSON(), nullable=False),
        sa.Column("allowed_networks", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
    )
    op.create_table(
        "restriction_policies",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("resource_id", sa.String(length=100), nullable=False),
        sa.Column("bindings", sa.JSON(), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "resource_id", name=op.f("pk_restriction_policies")),
    )
    op.create_table(
        "authn_mappings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("attribute_key", sa.String(length=200), nullable=False),
        sa.Column("attribute_value", sa.String(length=400), nullable=False),
        sa.Column("role_id", sa.String(length=36), nullable=True),
        sa.Column("team_id", sa.String(length=36), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_authn_mappings_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authn_mappings")),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_invitations_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_user_id"), ["user_id"], unique=False)

    op.create_table(
        "team_connections",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("team_id", sa.String(length=36), nullable=False),
        sa.Column("connected_id", sa.String(length=400), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("managed_by", sa.String(length=100), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_team_connections_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_connections")),
    )
    with op.batch_alter_table("team_connections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_connections_team_id"), ["team_id"], unique=False)

    op.create_table(
        "team_hierarchy_links",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("parent_id", sa.String(length=36), nullable=False),
        sa.Column("sub_id", sa.String(length=36), nullable=False),
        sa.Column("provisioned_by", sa.String(length=320), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["teams.id"],
            name=op.f("fk_team_hierarchy_links_parent_id_teams"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sub_id"], ["teams.id"], name=op.f("fk_team_hierarchy_links_sub_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_hierarchy_links")),
        sa.UniqueConstraint("sub_id", name=op.f("uq_team_hierarchy_links_sub_id")),
    )
    with op.batch_alter_table("team_hierarchy_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_hierarchy_links_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "team_notification_rules",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("team_id", sa.String(length=36), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"],
            ["teams.id"],
            name=op.f("fk_team_notification_rules_team_id_teams"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_notification_rules")),
    )
    with op.batch_alter_table("team_notification_rules", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_notification_rules_team_id"), ["team_id"], unique=False)

    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("method", sa.String(length=20), nullable=False, server_default="password")
        )

    with op.batch_alter_table("team_members", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("provisioned_by", sa.String(length=40), nullable=False, server_default="")
        )

    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("totp_secret", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("totp_step", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("recovery_codes", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("login_methods", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("oidc_subject", sa.String(length=400), nullable=True))
        batch_op.create_index(batch_op.f("ix_users_oidc_subject"), ["oidc_subject"], unique=True)

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("secret", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("secret")

    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_users_oidc_subject"))
        batch_op.drop_column("oidc_subject")
        batch_op.drop_column("login_methods")
        batch_op.drop_column("recovery_codes")
        batch_op.drop_column("totp_step")
        batch_op.drop_column("totp_secret")

    with op.batch_alter_table("team_members", schema=None) as batch_op:
        batch_op.drop_column("provisioned_by")

    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_column("method")

    with op.batch_alter_table("team_notification_rules", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_notification_rules_team_id"))

    op.drop_table("team_notification_rules")
    with op.batch_alter_table("team_hierarchy_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_hierarchy_links_parent_id"))

    op.drop_table("team_hierarchy_links")
    with op.batch_alter_table("team_connections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_connections_team_id"))

    op.drop_table("team_connections")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitations_user_id"))

    op.drop_table("invitations")
    op.drop_table("authn_mappings")
    op.drop_table("restriction_policies")
    op.drop_table("organizations")
