"""Lists of bindings: a guide's customers, and whose customers members were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from db.bindings import ALL_COLUMNS, BINDING_COLUMNS, binding, binding_of, holds_at, whole_binding_of
from db.connection import Reading
from db.listing import Listing
from db.members import member
from db.stores import org_unit
from domain.bindings import Binding, BoundMember
from domain.filters import Condition
from domain.pages import Page, PageRequest

_AT = bindparam("at", type_=DateTime(timezone=True))
_CUSTOMERS = Listing(
    select(*BINDING_COLUMNS, member.c.nickname, member.c.avatar_url)
    .join(member, member.c.id == binding.c.member_id)
    .where(binding.c.guide_id == bindparam("guide_id", type_=Uuid()), holds_at(_AT)),
    lambda row: BoundMember(binding_of(row), row["nickname"], row["avatar_url"]),
    id=binding.c.id,
)
_IS_BELOW = org_unit.c.path.op("^@")(any_(bindparam("paths", type_=ARRAY(Text()))))
_IN_STORES = select(*ALL_COLUMNS).join(org_unit, org_unit.c.id == binding.c.store_id).where(_IS_BELOW)
_FILTERS = {
    "memberId": binding.c.member_id,
    "guideId": binding.c.guide_id,
    "storeId": binding.c.store_id,
    "mode": binding.c.mode,
    "cause": binding.c.cause,
    "endReason": binding.c.end_reason,
}
_EVER = Listing(_IN_STORES, whole_binding_of, id=binding.c.id, filters=_FILTERS)
_THEN = Listing(_IN_STORES.where(holds_at(_AT)), whole_binding_of, id=binding.c.id, filters=_FILTERS)


async def members_bound_to(reading: Reading, guide_id: UUID, at: datetime, request: PageRequest) -> Page[BoundMember]:
    """A page of the members who are bound to a guide at this time, the newest binding first."""
    return await _CUSTOMERS.page(reading, request, descending=True, guide_id=guide_id, at=at)


async def bindings(
    reading: Reading, paths: Sequence[str], request: PageRequest, where: Condition, at: datetime | None
) -> Page[Binding]:
    """A page of the bindings to stores at one of these places of the organisation or below, the newest first.

    `at` leaves those which held at that time; None leaves all that there ever were.
    """
    if at is None:
        return await _EVER.page(reading, request, where=where, descending=True, paths=list(paths))
    return await _THEN.page(reading, request, where=where, descending=True, paths=list(paths), at=at)
