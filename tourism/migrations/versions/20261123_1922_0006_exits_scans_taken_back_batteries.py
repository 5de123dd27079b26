"""exits, scans taken back, batteries"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "admission_undos",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("scan_id", sa.String(length=36), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["gate_devices.id"],
            name=op.f("fk_admission_undos_device_id_gate_devices"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_admission_undos_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admission_undos")),
    )
    with op.batch_alter_table("admission_undos", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_admission_undos_device_id"), ["device_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_admission_undos_scan_id"), ["scan_id"], unique=False)

    with op.batch_alter_table("gate_devices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("battery", sa.Integer(), nullable=True))

    # Both databases add and drop a column with its check in place: copying the table, as a batch
    # does, would drop one that scans and bookings point to.
    op.execute(
        "ALTER TABLE tickets ADD COLUMN away INTEGER DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_tickets_only_who_came_leaves CHECK (away BETWEEN 0 AND admitted)"
    )


def downgrade() -> None:

    op.execute("ALTER TABLE tickets DROP COLUMN away")

    with op.batch_alter_table("gate_devices", schema=None) as batch_op:
        batch_op.drop_column("battery")

    with op.batch_alter_table("admission_undos", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_admission_undos_scan_id"))
        batch_op.drop_index(batch_op.f("ix_admission_undos_device_id"))

    op.drop_table("admission_undos")
