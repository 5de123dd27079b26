"""no shows lines and lifted closures"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
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
    # Not as a batch: that would make the tables anew, without what they cannot be asked for.
    op.execute("ALTER TABLE tickets DROP COLUMN released_at")
    op.execute("ALTER TABLE experiences DROP COLUMN strict_line")
    op.execute("ALTER TABLE experiences DROP COLUMN no_show_after")
    op.execute("ALTER TABLE closure_slots DROP COLUMN lifted_at")
