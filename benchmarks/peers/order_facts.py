"""What the price of an order rests on and whom it is credited to, as one reads it with SQLAlchemy's ORM.

One query for each kind of row, with what belongs to it loaded along. The rules are ours (`domain`): they are pure, and
what is compared is how rows are read, locked and written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

from benchmarks.peers.shop_models import (
    Binding,
    Category,
    Floor,
    Growth,
    Level,
    Member,
    Period,
    PriceList,
    Product,
    Promotion,
    Tagging,
    Variant,
)
from domain.payloads import reader_of
from domain.price_floors import Channel, PriceFloor, highest, holds
from domain.private_products import is_admitted
from domain.promotions import price_lists, pricing, terms
from domain.promotions.audiences import Audience, Shopper
from domain.promotions.quotes import Circumstances, Quote
from domain.promotions.registry import BUILT_IN, read_terms
from domain.promotions.scopes import Scope
from domain.promotions.sheet import Item
from domain.promotions.slots import Slot


class Refusal(Exception):
    """Why nothing was ordered."""


async def binding(session: AsyncSession, member: Member, now: datetime) -> Binding | None:
    bound: Binding | None = await session.scalar(
        select(Binding)
        .options(joinedload(Binding.guide, innerjoin=True))
        .where(
            Binding.member_id == member.id,
            Binding.ended_at.is_(None),
            or_(Binding.expires_at.is_(None), Binding.expires_at > now),
        )
    )
    return bound


async def shopper(session: AsyncSession, member: Member, bound: Binding | None, now: datetime) -> Shopper:
    """What prices depend on: the member's level, paid plan, tags and store."""
    runs = (
        Period.refunded_at.is_(None) & (Period.starts_at <= now) & (Period.ends_at.is_(None) | (Period.ends_at > now))
    )
    await session.scalar(
        select(Member)
        .where(Member.id == member.id)
        .options(
            joinedload(Member.growth),
            selectinload(Member.periods.and_(runs)).joinedload(Period.plan, innerjoin=True),
            selectinload(Member.tags.and_(Tagging.removed_at.is_(None))),
        )
    )
    growth = _growth(member.growth, now)
    level = await session.scalar(
        select(Level).where(Level.growth_threshold <= growth).order_by(Level.growth_threshold.desc()).limit(1)
    )
    plan = max(member.periods, key=lambda one: one.starts_at).plan if member.periods else None
    rights = [name for held in (level, plan) if held is not None for name, given in held.rights.items() if given]
    return Shopper(
        level.id if level else None,
        level.discount_bp if level else 10_000,
        plan.id if plan else None,
        frozenset(name.upper() for name in rights),
        frozenset(one.tag_id for one in member.tags),
        bound.guide.store_id if bound else None,
        is_member=True,
    )


def _growth(growth: Growth | None, now: datetime) -> int:
    if growth is None:
        return 0
    held = growth.held if growth.held_until is not None and growth.held_until > now else 0
    return max(growth.growth, held)


async def variants(session: AsyncSession, wanted: Mapping[UUID, int], shopper: Shopper) -> Mapping[UUID, Variant]:
    """What is wanted, with its product and categories, if all of it is on sale and may be seen by the member."""
    category = joinedload(Variant.product, innerjoin=True).joinedload(Product.category)
    above = category.joinedload(Category.parent).joinedload(Category.parent).joinedload(Category.parent)
    found = await session.scalars(select(Variant).options(above).where(Variant.id.in_(wanted), Variant.removed == 0))
    variants = {one.id: one for one in found}
    for key in wanted:
        product = variants[key].product if key in variants else None
        if product is None or product.state != "ON_SALE":
            raise Refusal("NOT_FOUND")
        if product.visibility == "PRIVATE" and not is_admitted(product.admits, shopper):
            raise Refusal("NOT_FOUND")
    return variants


async def priced(
    session: AsyncSession, wanted: Mapping[UUID, int], variants: Mapping[UUID, Variant], shopper: Shopper, now: datetime
) -> Quote:
    promotions = await session.scalars(
        select(Promotion).where(
            Promotion.state == "PUBLISHED",
            Promotion.used_up.is_(False),
            or_(Promotion.ends_at.is_(None), Promotion.ends_at > now),
        )
    )
    lists = await session.scalars(
        select(PriceList).options(selectinload(PriceList.entries)).where(PriceList.in_force.is_(True))
    )
    floors = await session.scalars(select(Floor).where(Floor.variant_id.in_(variants)))
    around = Circumstances(
        now,
        shopper=shopper,
        promotions=[_promotion(one) for one in promotions if one.kind in BUILT_IN],
        price_lists=[_price_list(one) for one in lists],
        floors=_floors(floors.all(), now),
    )
    items = [_item(i, variants[key], many) for i, (key, many) in enumerate(wanted.items())]
    quote = pricing.quote(items, around)
    if quote.obstacles:
        raise Refusal(quote.obstacles[0].code.value)
    return quote


def _promotion(row: Promotion) -> terms.Promotion:
    return terms.Promotion(
        row.id,
        row.kind,
        row.name,
        read_terms(BUILT_IN, row.kind, row.terms),
        reader_of(Scope)(row.scope),
        row.starts_at,
        row.ends_at,
        reader_of(tuple[Slot, ...])(row.slots),
        reader_of(Audience)(row.audience),
        row.priority,
        row.exclusive,
    )


def _price_list(row: PriceList) -> price_lists.PriceList:
    return price_lists.PriceList(
        row.id,
        row.name,
        {entry.variant_id: entry.price_minor for entry in row.entries},
        row.rest_bp,
        reader_of(Scope)(row.scope),
        reader_of(Audience)(row.audience),
        row.starts_at,
        row.ends_at,
    )


def _floors(rows: Sequence[Floor], now: datetime) -> dict[UUID, int]:
    kept = [
        PriceFloor(
            row.id, row.variant_id, row.least, Channel(row.channel) if row.channel else None, row.starts_at, row.ends_at
        )
        for row in rows
    ]
    found = {
        key: highest(one for one in kept if one.variant_id == key and holds(one, Channel.SHOP, now))
        for key in {one.variant_id for one in kept}
    }
    return {key: least for key, least in found.items() if least is not None}


def _item(position: int, variant: Variant, quantity: int) -> Item:
    product = variant.product
    categories = tuple(one.id for one in _categories(product.category))
    return Item(position, variant.id, product.id, categories, product.name, quantity, variant.price_minor)


def _categories(category: Category | None) -> Iterator[Category]:
    depth = 0
    while category is not None and depth < 4:
        yield category
        category, depth = category.parent if depth < 3 else None, depth + 1
