"""Versions, shares, embeds and powerpacks of dashboards; notebooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dashboard_stars",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("dashboard_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_dashboard_stars_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "dashboard_id", name=op.f("pk_dashboard_stars")),
    )
    op.create_table(
        "dashboard_views",
        sa.Column("dashboard_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_dashboard_views_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dashboard_id", "user_id", "day", name=op.f("pk_dashboard_views")),
    )
    op.create_table(
        "graph_embeds",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("shared_by", sa.Integer(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shared_by"], ["users.id"], name=op.f("fk_graph_embeds_shared_by_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_graph_embeds")),
    )
    with op.batch_alter_table("graph_embeds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_graph_embeds_number"), ["number"], unique=False)

    op.create_table(
        "notebooks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("is_template", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_handle", sa.String(length=320), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_notebooks_author_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notebooks")),
    )
    op.create_table(
        "powerpacks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_handle", sa.String(length=320), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_powerpacks_author_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_powerpacks")),
    )
    op.create_table(
        "shared_dashboards",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("dashboard_id", sa.String(length=40), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_handle", sa.String(length=320), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accessed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["users.id"],
            name=op.f("fk_shared_dashboards_author_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_shared_dashboards")),
    )
    with op.batch_alter_table("shared_dashboards", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shared_dashboards_dashboard_id"), ["dashboard_id"], unique=False)

    op.create_table(
        "dashboard_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dashboard", sa.Integer(), nullable=False),
        sa.Column("saved", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_handle", sa.String(length=320), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dashboard"],
            ["dashboards.number"],
            name=op.f("fk_dashboard_versions_dashboard_dashboards"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dashboard_versions")),
    )
    with op.batch_alter_table("dashboard_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dashboard_versions_dashboard"), ["dashboard"], unique=False)

    op.create_table(
        "shared_dashboard_invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["token"],
            ["shared_dashboards.token"],
            name=op.f("fk_shared_dashboard_invitations_token_shared_dashboards"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_dashboard_invitations")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_shared_dashboard_invitations_key_hash")),
    )
    with op.batch_alter_table("shared_dashboard_invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shared_dashboard_invitations_token"), ["token"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("shared_dashboard_invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shared_dashboard_invitations_token"))

    op.drop_table("shared_dashboard_invitations")
    with op.batch_alter_table("dashboard_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dashboard_versions_dashboard"))

    op.drop_table("dashboard_versions")
    with op.batch_alter_table("shared_dashboards", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shared_dashboards_dashboard_id"))

    op.drop_table("shared_dashboards")
    op.drop_table("powerpacks")
    op.drop_table("notebooks")
    with op.batch_alter_table("graph_embeds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_graph_embeds_number"))

    op.drop_table("graph_embeds")
    op.drop_table("dashboard_views")
    op.drop_table("dashboard_stars")
