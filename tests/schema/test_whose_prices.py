"""Prices that are for some, or for some hours: lists of tags and of paid cards (R18), and prices of slots (R48)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

import resolvers.tags
from domain.identity import VISITOR, Principal
from domain.memberships import PlanKind
from domain.tags import TagSource
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_members import a_member
from tests.makers_plays import a_group_buy, a_paid_group
from tests.makers_promotions import a_promotion, line, place, price_of
from tests.makers_value import a_plan, a_tag_group, buy_plan, granted
from tests.pond import NOON, Pond
from tests.schema.test_price_lists import a_list

QUOTE = """query ($lines: [CartLineInput!]!, $terms: QuoteTermsInput) { cartQuote(lines: $lines, terms: $terms) {
  quoteId validUntil total { minor } steps { stage kind name amount { minor } } } }"""
NOON_IS_OPEN = {"weekday": 7, "startsMinute": 11 * 60, "endsMinute": 12 * 60 + 30}
"""Sunday from 11:00 to 12:30 in Shanghai, where the pond's time is noon."""


async def quoted(pond: Pond, who: Principal, *lines: dict[str, Any], **terms: Any) -> Any:
    return (await pond.ask(QUOTE, who, lines=list(lines), terms=terms))["cartQuote"]


async def with_a_tag(pond: Pond, member: Principal) -> str:
    """Tag a member; the id of the tag."""
    tag, other = await a_tag_group(pond, "老茶客", "新茶客")
    for one, who in ((tag, member), (other, await a_member(pond))):
        assert who.member_id is not None
        async with pond.database.writing() as tx:
            await resolvers.tags.put(pond.context(), tx, who.member_id, [one.id], TagSource.RULE, None)
    return id_of(Kind.TAG, tag.id)


async def with_a_card(pond: Pond, member: Principal) -> str:
    """Sell a member a paid membership for a month; the id of its plan."""
    plan = await a_plan(pond, PlanKind.MONTH, 10_00)
    await buy_plan(pond, member, plan)
    return id_of(Kind.MEMBERSHIP_PLAN, plan.id)


@pytest.mark.parametrize(("kind", "admit"), [("TAG", with_a_tag), ("PAID_CARD", with_a_card)])
async def test_a_list_makes_the_prices_of_its_audience_alone(
    pond: Pond, kind: str, admit: Callable[[Pond, Principal], Awaitable[str]]
) -> None:
    variant, member, other = await a_variant(pond), await a_member(pond), await a_member(pond)
    await a_list(pond, price_of(variant, 180_00), audience={"kind": kind, "ids": [await admit(pond, member)]})

    quotes = [await quoted(pond, who, line(variant)) for who in (VISITOR, other, member)]
    order = (await place(pond, member, line(variant), quoteId=quotes[2]["quoteId"]))["order"]

    assert [one["total"]["minor"] for one in quotes] == [199_00, 199_00, 180_00]
    assert quotes[2]["steps"] == [
        {"stage": "UNIT", "kind": "PRICE_LIST", "name": "门店会员价", "amount": {"minor": 19_00}}
    ]
    assert order["total"]["minor"] == 180_00


async def test_of_a_crowd_that_orders_at_once_each_pays_their_own_price(pond: Pond) -> None:
    variant, crowd = await a_variant(pond, stock=100), [await a_member(pond, f"m{i}") for i in range(24)]
    friends = crowd[5], crowd[6], crowd[17]
    tags = [await with_a_tag(pond, friend) for friend in friends]
    await a_list(pond, price_of(variant, 180_00), audience={"kind": "TAG", "ids": tags})
    wanted = [1 + i % 4 // 3 for i in range(len(crowd))]

    placed = await asyncio.gather(
        *(place(pond, who, line(variant, many)) for who, many in zip(crowd, wanted, strict=True))
    )

    prices = [180_00 if who in friends else 199_00 for who in crowd]
    assert [one["order"]["total"]["minor"] for one in placed] == [
        price * many for price, many in zip(prices, wanted, strict=True)
    ]


async def test_a_members_price_ends_with_the_card_and_the_quote_says_when(pond: Pond) -> None:
    variant, member = await a_variant(pond), await a_member(pond)
    plan_id = await with_a_card(pond, member)
    await a_list(pond, price_of(variant, 180_00), audience={"kind": "PAID_CARD", "ids": [plan_id]})
    before = await quoted(pond, member, line(variant))

    pond.later(days=31)
    stale = await place(pond, member, line(variant), quoteId=before["quoteId"])

    assert before["validUntil"].startswith("2026-12-22")
    assert [one["code"] for one in stale["userErrors"]] == ["PRICE_CHANGED"]
    assert (await quoted(pond, member, line(variant)))["total"]["minor"] == 199_00


async def test_points_pay_until_the_first_of_them_expire_and_the_quote_says_when(pond: Pond) -> None:
    variant, member = await a_variant(pond), await a_member(pond)
    await granted(pond, member, 500)
    ends = (await pond.select("SELECT expires_at FROM points_batch"))[0][0]
    pond.later(days=30)
    await granted(pond, member, 500)

    before = await quoted(pond, member, line(variant), points=1_000)
    without = await quoted(pond, member, line(variant))
    pond.time = ends
    after = await quoted(pond, member, line(variant), points=1_000)

    assert (before["total"]["minor"], after["total"]["minor"]) == (189_00, 194_00)
    assert datetime.fromisoformat(before["validUntil"]) == ends
    assert without["validUntil"] is None


async def test_who_joins_a_group_is_told_until_when_that_can_be_joined(pond: Pond) -> None:
    variant, member = await a_variant(pond, stock=50), await a_member(pond)
    activity = await a_group_buy(pond, variant, lasts_s=3_600)
    group_id, *_ = await a_paid_group(pond, activity, 1)
    begins = {"kind": "GROUP", "id": id_of(Kind.GROUP_BUY, activity.id)}

    leads = await quoted(pond, member, line(variant), play=begins)
    joins = await quoted(pond, member, line(variant), play=begins | {"groupId": id_of(Kind.BUYING_GROUP, group_id)})

    assert datetime.fromisoformat(leads["validUntil"]) == activity.terms.ends_at
    assert datetime.fromisoformat(joins["validUntil"]) == NOON + timedelta(hours=1)


async def test_a_price_of_hours_is_had_in_them_and_the_quote_says_until_when(pond: Pond) -> None:
    variant = await a_variant(pond)
    off_peak = {"slotPrice": {"prices": [price_of(variant, 149_00)]}}
    await a_promotion(pond, off_peak, name="午间价", slots=[NOON_IS_OPEN])

    now = await quoted(pond, VISITOR, line(variant))
    pond.later(minutes=30)
    then = await quoted(pond, VISITOR, line(variant))

    assert (now["total"]["minor"], now["validUntil"]) == (149_00, "2026-11-22T04:30:00Z")
    assert now["steps"] == [{"stage": "UNIT", "kind": "SLOT_PRICE", "name": "午间价", "amount": {"minor": 50_00}}]
    assert (then["total"]["minor"], then["validUntil"]) == (199_00, "2026-11-29T03:00:00Z")


async def test_hours_that_end_between_quote_and_order_change_the_price_and_nothing_is_ordered_at_it(pond: Pond) -> None:
    variant, member = await a_variant(pond, stock=5), await a_member(pond)
    await a_promotion(pond, {"slotPrice": {"prices": [price_of(variant, 149_00)]}}, slots=[NOON_IS_OPEN])
    in_time, seen = [await quoted(pond, member, line(variant)) for _ in range(2)]

    pond.later(minutes=29, seconds=59)
    ordered = await place(pond, member, line(variant), quoteId=in_time["quoteId"])
    pond.later(seconds=1)
    late = await place(pond, member, line(variant), quoteId=seen["quoteId"])
    unasked = await place(pond, member, line(variant))

    assert ordered["order"]["total"]["minor"] == 149_00
    assert (late["order"], [one["code"] for one in late["userErrors"]]) == (None, ["PRICE_CHANGED"])
    assert unasked["order"]["total"]["minor"] == 199_00, "the price of the time at which it is ordered"
