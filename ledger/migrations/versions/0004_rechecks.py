"""The queue of posts that are asked for again"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "recheck",
        sa.Column("post_id", sa.String(32), primary_key=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("lookup", sa.Text(), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unclear", sa.Integer(), nullable=False),
    )
    op.create_index("ix_recheck_due", "recheck", ["due"])
    op.create_index("recheck_due", "recheck", ["source", "due"])
