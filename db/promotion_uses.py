"""Uses of promotions: who used which how often, and how uses are taken and given back under their limits."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, PrimaryKeyConstraint, Table, Uuid

from db.metadata import metadata, refers_to

promotion_use = Table(
    "promotion_use",
    metadata,
    refers_to("promotion", "promotion_id"),
    refers_to("member", "member_id", index=True),
    Column("uses", Integer(), nullable=False),
    PrimaryKeyConstraint("promotion_id", "member_id"),
    CheckConstraint("uses >= 0", name="uses_are_not_negative"),
)

newcomer_use = Table(
    "newcomer_use",
    metadata,
    Column("member_id", Uuid(), primary_key=True),
    Column("order_id", Uuid(), nullable=False, unique=True),
)
"""The order in which a person had an offer for new customers: there is one in a life (R47)."""
