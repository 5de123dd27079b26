"""Keep schedules, harvests and weighings; mark what the schedule has made."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "harvests",
        sa.Column("experience_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ripe_g", sa.Integer(), nullable=False),
        sa.Column("head_g", sa.Integer(), nullable=False),
        sa.Column("rows_open", sa.Integer(), nullable=False),
        sa.Column("row_people", sa.Integer(), nullable=False),
        sa.Column("staff", sa.Integer(), nullable=False),
        sa.Column("staff_people", sa.Integer(), nullable=False),
        sa.Column("proposed", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["experience_id"],
            ["experiences.id"],
            name=op.f("fk_harvests_experience_id_experiences"),
        ),
        sa.PrimaryKeyConstraint("experience_id", "day", name=op.f("pk_harvests")),
    )
    op.create_table(
        "schedules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("experience_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column(
            "hours", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "breaks", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.Column("holidays", sa.String(length=24), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_schedules_season_in_order")),
        sa.ForeignKeyConstraint(
            ["experience_id"],
            ["experiences.id"],
            name=op.f("fk_schedules_experience_id_experiences"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
        sa.UniqueConstraint("experience_id", name=op.f("uq_schedules_experience_id")),
    )
    op.create_table(
        "weighings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("experience_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("gross_g", sa.Integer(), nullable=False),
        sa.Column("tare_g", sa.Integer(), nullable=False),
        sa.Column("price_amount", sa.Integer(), nullable=True),
        sa.Column("price_currency", sa.String(length=3), nullable=True),
        sa.Column("weighed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.CheckConstraint("price_amount >= 0", name=op.f("ck_weighings_price_not_negative")),
        sa.CheckConstraint(
            "tare_g BETWEEN 0 AND gross_g", name=op.f("ck_weighings_basket_is_lighter")
        ),
        sa.ForeignKeyConstraint(
            ["experience_id"],
            ["experiences.id"],
            name=op.f("fk_weighings_experience_id_experiences"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weighings")),
        sa.UniqueConstraint("key", name=op.f("uq_weighings_key")),
    )
    op.create_index(
        op.f("ix_weighings_experience_id_day"), "weighings", ["experience_id", "day"], unique=False
    )
    op.create_table(
        "schedule_days",
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rule", sa.String(length=24), nullable=False),
        sa.Column("opens", sa.String(length=5), nullable=True),
        sa.Column("closes", sa.String(length=5), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name=op.f("fk_schedule_days_schedule_id_schedules")
        ),
        sa.PrimaryKeyConstraint("schedule_id", "day", name=op.f("pk_schedule_days")),
    )
    op.add_column(
        "destinations",
        sa.Column("subdivision", sa.String(length=10), server_default="", nullable=False),
    )
    op.add_column(
        "experiences",
        sa.Column(
            "ripeness", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
    )
    op.add_column("experiences", sa.Column("ripeness_on", sa.Date(), nullable=True))
    # What was made before is nobody's but the host's: no schedule touches it.
    op.add_column(
        "slots", sa.Column("scheduled", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("slots", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("slots", "changed_at")
    op.drop_column("slots", "scheduled")
    op.drop_column("experiences", "ripeness_on")
    op.drop_column("experiences", "ripeness")
    op.drop_column("destinations", "subdivision")
    op.drop_table("schedule_days")
    op.drop_index(op.f("ix_weighings_experience_id_day"), table_name="weighings")
    op.drop_table("weighings")
    op.drop_table("schedules")
    op.drop_table("harvests")
