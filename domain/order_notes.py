"""Order notes: what staff writes down about an order, for staff alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.members import MemberCard
from domain.records import record

LONGEST_NOTE = 500


@record
class OrderNote:
    """Never changed, and never shown to the buyer."""

    id: UUID
    order_id: UUID
    author: MemberCard
    text: str
    at: datetime
