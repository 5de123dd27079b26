"""notices for channels"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "channel_shelf_looks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_shelf_looks")),
    )
    op.create_table(
        "channel_shelf_marks",
        sa.Column("product", sa.String(length=80), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("looks", sa.String(length=64), nullable=False),
        sa.Column("days", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("product", name=op.f("pk_channel_shelf_marks")),
    )
    op.create_table(
        "channel_subscriptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column(
            "kinds", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "headers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["channels.id"],
            name=op.f("fk_channel_subscriptions_channel_id_channels"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_subscriptions")),
        sa.UniqueConstraint(
            "channel_id",
            "url",
            "is_test",
            name=op.f("uq_channel_subscriptions_channel_id_url_is_test"),
        ),
        sa.UniqueConstraint("uuid", name=op.f("uq_channel_subscriptions_uuid")),
    )
    op.create_table(
        "channel_notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_answer", sa.String(length=200), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["channel_subscriptions.id"],
            name=op.f("fk_channel_notices_subscription_id_channel_subscriptions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_notices")),
        sa.UniqueConstraint("event_id", name=op.f("uq_channel_notices_event_id")),
    )
    with op.batch_alter_table("channel_notices", schema=None) as batch_op:
        batch_op.create_index(
            "ix_channel_notices_line",
            ["subscription_id", "id"],
            unique=False,
            sqlite_where=sa.text("status = 'waiting'"),
            postgresql_where=sa.text("status = 'waiting'"),
        )
        batch_op.create_index("ix_channel_notices_settled", ["settled_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_channel_notices_subscription_id_status"),
            ["subscription_id", "status"],
            unique=False,
        )


def downgrade() -> None:

    with op.batch_alter_table("channel_notices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_channel_notices_subscription_id_status"))
        batch_op.drop_index("ix_channel_notices_settled")
        batch_op.drop_index(
            "ix_channel_notices_line",
            sqlite_where=sa.text("status = 'waiting'"),
            postgresql_where=sa.text("status = 'waiting'"),
        )

    op.drop_table("channel_notices")
    op.drop_table("channel_subscriptions")
    op.drop_table("channel_shelf_marks")
    op.drop_table("channel_shelf_looks")
