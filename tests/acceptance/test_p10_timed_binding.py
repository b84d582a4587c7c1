"""P10: a binding of 30 days with 15 of protection, and twenty links that are opened at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from domain.bindings import BindingMode, BindingTerms
from domain.identity import Principal, Role
from domain.money import Money
from tests.acceptance.money import staff_token
from tests.deployments import Shop
from tests.makers_bindings import HISTORY, MINE, VISIT, guide_now, history, member_id, under
from tests.makers_catalogue import a_variant
from tests.makers_commissions import commissions
from tests.makers_guides import a_guide, a_share, guide_of
from tests.makers_members import a_member, a_store, staff
from tests.makers_payments import a_paid_order
from tests.pond import Pond

DAYS_30_OF_WHICH_15 = BindingTerms(BindingMode.TIMED, timedelta(days=30), timedelta(days=15))


async def opens(pond: Pond, member: Principal, guide: Principal) -> None:
    share = await a_share(pond, guide, (await guide_of(pond, guide)).store_id)
    await pond.ask(VISIT, member, code=share.code)


async def test_a_click_on_day_14_changes_nothing_and_one_on_day_16_does(pond: Pond) -> None:
    under(pond, DAYS_30_OF_WHICH_15)
    store_id, mei, good = await a_store(pond), await a_member(pond), await a_variant(pond, price=Money(200_00))
    one, other = [await a_guide(pond, name, store_id=store_id) for name in ("G1", "G2")]
    await opens(pond, mei, one)

    pond.later(days=14)
    await opens(pond, mei, other)
    day_14 = await guide_now(pond, mei)
    order_id, _ = await a_paid_order(pond, mei, (good, 1))
    pond.later(days=2)
    await opens(pond, mei, other)
    day_16 = await guide_now(pond, mei)

    assert (day_14, day_16) == ("G1", "G2")
    assert [earned["orderId"] for earned in await commissions(pond, one)] == [order_id]
    assert await commissions(pond, other) == []
    lines = await history(pond, mei, await staff(pond, Role.OPERATOR))
    assert [line["endReason"] for line in lines] == [None, "TAKEN_OVER"]


async def test_of_twenty_links_opened_at_once_exactly_one_binds(shop: Shop) -> None:
    pond = shop.pond
    store_id, member = await a_store(pond), await a_member(pond)
    guides = [await a_guide(pond, f"G{n}", store_id=store_id) for n in range(20)]
    shares = [await a_share(pond, guide, store_id) for guide in guides]
    token, operator = await shop.a_token(member), await staff_token(shop, Role.OPERATOR)

    await asyncio.gather(*(shop.ask(VISIT, token, code=share.code) for share in shares))

    lines = (await shop.ask(HISTORY, operator, where={"memberId": {"eq": member_id(member)}}))["bindings"]["nodes"]
    assert [line["endReason"] for line in lines] == [None]
    assert (await shop.ask(MINE, token))["me"]["guide"] == lines[0]["guide"]


async def test_without_the_constraints_several_would(pond: Pond) -> None:
    """The negative control: with the guards of the database switched off, more than one of them binds."""
    await pond.select("DROP INDEX uq_binding_one_open")
    await pond.select("ALTER TABLE binding DROP CONSTRAINT ex_binding_one_at_a_time")
    under(pond, BindingTerms())
    store_id, mei = await a_store(pond), await a_member(pond)
    guides = [await a_guide(pond, f"G{n}", store_id=store_id) for n in range(20)]
    shares = [await a_share(pond, guide, store_id) for guide in guides]

    await asyncio.gather(*(pond.ask(VISIT, mei, code=share.code) for share in shares))

    assert len(await pond.select("SELECT id FROM binding WHERE ended_at IS NULL")) > 1
