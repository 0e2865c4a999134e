"""The register's address of each source, to see when an operator names another"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("source_state", sa.Column("register_url", sa.Text(), nullable=True))
