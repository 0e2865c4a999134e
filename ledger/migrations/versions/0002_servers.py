"""Servers: one lease, ban and delay for all sources that are on one"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "server",
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("worker", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_request", sa.DateTime(timezone=True), nullable=True),
        sa.Column("crawl_delay", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("server"),
    )
