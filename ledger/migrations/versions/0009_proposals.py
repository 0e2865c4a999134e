"""Places that posts link to, as proposals for the register; what robots.txt of each source said, and when it changed"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("place", sa.String(16), primary_key=True),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("address", sa.Text()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.String()),
        sa.Column("source", sa.String()),
    )
    op.create_index("ix_proposal_state", "proposal", ["state"])
    op.create_table(
        "citation",
        sa.Column("post_id", sa.String(32), primary_key=True),
        sa.Column("place", sa.String(16), primary_key=True),
    )
    op.create_index("ix_citation_place", "citation", ["place"])
    op.add_column("source_state", sa.Column("robots_verdict", sa.Text()))
    op.add_column("source_state", sa.Column("robots_sha256", sa.String(64)))
    for name in ("robots_read_at", "robots_changed_at"):
        op.add_column("source_state", sa.Column(name, sa.DateTime(timezone=True)))
