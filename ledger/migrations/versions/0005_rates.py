"""How many new posts an hour each source usually brings, and over how many hours of reading"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for name in ("rate", "rate_hours"):
        op.add_column("source_state", sa.Column(name, sa.Float(), nullable=False, server_default="0"))
