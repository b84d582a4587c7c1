"""Audiences: whom a promotion or a price is for (R18, R47)."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

from domain.money import WHOLE
from domain.records import record


class AudienceKind(Enum):
    """How an audience is told. NEW_CUSTOMER: the person has no paid order that was not wholly refunded."""

    EVERYBODY = "EVERYBODY"
    MEMBERS = "MEMBERS"
    NEW_CUSTOMER = "NEW_CUSTOMER"
    LEVEL = "LEVEL"
    PAID_CARD = "PAID_CARD"
    TAG = "TAG"
    STORE = "STORE"


@record
class Audience:
    """Those of one kind: with one of these levels, plans, tags or stores; without ids, with any."""

    kind: AudienceKind = AudienceKind.EVERYBODY
    ids: frozenset[UUID] = frozenset()


EVERYBODY = Audience()


@record
class Shopper:
    """All of a buyer that a price depends on: two who are alike in it pay the same.

    `level_bp` is what the level pays of a list price, in basis points.
    """

    level_id: UUID | None = None
    level_bp: int = WHOLE
    plan_id: UUID | None = None
    """The paid membership that runs now."""
    rights: frozenset[str] = frozenset()
    tags: frozenset[UUID] = frozenset()
    store_id: UUID | None = None
    is_new: bool = False
    is_member: bool = False


GUEST = Shopper()
FREE_SHIPPING = "FREE_SHIPPING"
"""The right of paid members whose orders are shipped for nothing."""


def includes(audience: Audience, shopper: Shopper) -> bool:
    """Whether the shopper is one of them. A visitor belongs to nobody's audience but everybody's."""
    kind, ids = audience.kind, audience.ids
    if kind is AudienceKind.EVERYBODY:
        return True
    if kind is AudienceKind.MEMBERS:
        return shopper.is_member
    if kind is AudienceKind.NEW_CUSTOMER:
        return shopper.is_new
    if kind is AudienceKind.TAG:
        return not ids.isdisjoint(shopper.tags)
    own = {
        AudienceKind.LEVEL: shopper.level_id,
        AudienceKind.PAID_CARD: shopper.plan_id,
        AudienceKind.STORE: shopper.store_id,
    }[kind]
    return own is not None and (not ids or own in ids)
