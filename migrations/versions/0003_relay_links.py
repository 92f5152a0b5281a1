"""A link may carry a signed-in operator from the network's host to a venue's."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """One more purpose; checked without reading the table twice under a lock."""
    op.execute("alter table login_link drop constraint ck_login_link_purpose")
    op.execute(
        "alter table login_link add constraint ck_login_link_purpose check"
        " (purpose in ('signin', 'verify', 'reset', 'invite', 'relay')) not valid"
    )
    op.execute("alter table login_link validate constraint ck_login_link_purpose")
