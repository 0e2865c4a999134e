"""Links between posts, the people they name, and when their counts were read"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"


def upgrade() -> None:
    for name in ("reply_to", "thread", "quotes"):
        op.add_column("post", sa.Column(name, sa.String(length=32), nullable=True))
        linked = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"post_{name}", "post", [name], sqlite_where=linked, postgresql_where=linked)
    op.add_column("post", sa.Column("mentions", sa.JSON(), nullable=True))
    op.add_column("post", sa.Column("engagement_read_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("post", sa.Column("expunge", sa.Boolean(), nullable=False, server_default=sa.false()))
