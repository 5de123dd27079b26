"""Let operators, gates and experiences be archived, and keep whom the office calls."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:

    with op.batch_alter_table("experiences", schema=None) as batch_op:
        batch_op.add_column(sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("gates", schema=None) as batch_op:
        batch_op.add_column(sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("operators", schema=None) as batch_op:
        batch_op.add_column(sa.Column("contact", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:

    with op.batch_alter_table("operators", schema=None) as batch_op:
        batch_op.drop_column("archived_at")
        batch_op.drop_column("contact")

    with op.batch_alter_table("gates", schema=None) as batch_op:
        batch_op.drop_column("archived_at")

    with op.batch_alter_table("experiences", schema=None) as batch_op:
        batch_op.drop_column("archived_at")
