"""What members of the sample brand hold: levels, plans, points, a balance's offers, a gift card, and tags."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import db.balances
import db.gift_cards
import db.levels
import db.memberships
import db.points
import db.tags
import resolvers.balances
import resolvers.gift_card_batches
import resolvers.gift_cards
import resolvers.levels
import resolvers.memberships
import resolvers.points
import resolvers.tags
from app.demo.field import Field, id_of
from app.demo.people import as_member
from domain.balances import TopUpOffer
from domain.identity import Principal
from domain.levels import MemberLevel
from domain.memberships import MembershipPlan, PlanKind
from domain.money import Money
from domain.rights import NO_RIGHTS, Rights
from domain.tags import Tag, TagGroup

_NEW = resolvers.levels.NEW
_LADDER = (("新芽", 200, 9_900), ("明前", 1_000, 9_700), ("雨前", 5_000, 9_500), ("老树", 20_000, 9_200))
_PLANS = (
    ("trial", "七日体验", PlanKind.TRIAL, 0, 7, Rights(free_shipping=True)),
    ("month", "半亩月卡", PlanKind.MONTH, 19_00, 0, Rights(15_000, free_shipping=True)),
    ("year", "半亩年卡", PlanKind.YEAR, 199_00, 0, Rights(20_000, True, True, 30, warranty_months=12)),
)
_OFFERS = ((200_00, 10_00), (500_00, 40_00), (1_000_00, 120_00))
_TAGS = (("口味", False, ("清淡", "浓醇", "花香")), ("购买力", True, ("尝鲜", "常客", "藏家")))


async def sow_value(field: Field, operator: Principal, members: list[UUID]) -> dict[str, UUID]:
    """Sow what is missing; returns the plans by their names."""
    if not await db.levels.ladder(field.database.reading()):
        levels = [MemberLevel(_NEW, 0, name, growth, bp, NO_RIGHTS) for name, growth, bp in _LADDER]
        await resolvers.levels.save_ladder(field.hand("ladder", operator), levels)
    if not await db.balances.offers(field.database.reading()):
        offers = [TopUpOffer(Money(amount), Money(bonus)) for amount, bonus in _OFFERS]
        await resolvers.balances.save_offers(field.hand("top-up offers", operator), offers)
    await _tags(field, operator)
    await _points(field, operator, members[:8])
    await _card(field, operator, members[0])
    return await _plans(field, operator)


async def _plans(field: Field, operator: Principal) -> dict[str, UUID]:
    ids = {word: id_of(f"plan {word}") for word, *_ in _PLANS}
    known = await db.memberships.plans_by_id(field.database.reading(), list(ids.values()))
    for word, name, kind, price, days, rights in _PLANS:
        if ids[word] not in known:
            plan = MembershipPlan(ids[word], kind, name, Money(price), rights, days)
            await resolvers.memberships.save_plan(field.hand(f"plan {word}", operator), plan, None)
    return ids


async def _tags(field: Field, operator: Principal) -> None:
    known = {group.name for group in await db.tags.groups(field.database.reading())}
    for name, exclusive, names in _TAGS:
        if name not in known:
            tags = tuple(Tag(_NEW, _NEW, one) for one in names)
            await resolvers.tags.save_group(field.hand(f"tags {name}", operator), TagGroup(_NEW, name, exclusive, tags))


async def _points(field: Field, operator: Principal, members: list[UUID]) -> None:
    balances = await db.points.balances_of(field.database.reading(), members, field.now, field.now)
    for number, one in enumerate(balances):
        if one.balance == 0:
            hand = field.hand(f"points {number}", operator)
            await resolvers.points.grant(
                hand, one.member_id, 500 + 100 * number, "开塘礼", f"points {field.now:%F} {number}"
            )


async def _card(field: Field, operator: Principal, member_id: UUID) -> None:
    if await db.gift_cards.cards_of(field.database.reading(), [member_id], field.now):
        return
    hand, until = field.hand("gift cards", operator), field.now + timedelta(days=365)
    batch, _ = await resolvers.gift_card_batches.issue(
        hand, Money(200_00), 3, until, "中秋礼卡", f"cards {field.now:%F}"
    )
    await resolvers.gift_card_batches.activate(hand, batch.id)
    if batch.codes:
        await resolvers.gift_cards.bind(field.hand("gift card", as_member(member_id)), batch.codes[0])
