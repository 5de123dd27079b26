"""no shows lines and lifted closures"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:

    with op.batch_alter_table("closure_slots", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("experiences", schema=None) as batch_op:
        batch_op.add_column(sa.Column("no_show_after", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("strict_line", sa.Boolean(), server_default=sa.false(), nullable=False)
        )

    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:

    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.drop_column("released_at")

    with op.batch_alter_table("experiences", schema=None) as batch_op:
        batch_op.drop_column("strict_line")
        batch_op.drop_column("no_show_after")

    with op.batch_alter_table("closure_slots", schema=None) as batch_op:
        batch_op.drop_column("lifted_at")
