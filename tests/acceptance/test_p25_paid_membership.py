"""P25: a year is added to what is left of a membership, and a trial is for a person once, even after re-registration."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import db.members
from domain.calendar import months_later
from domain.identity import Principal
from domain.members import Identity, IdentityProvider
from domain.memberships import PlanKind
from resolvers.services import Rules
from schema.ids import Kind, id_of
from tests.acceptance.plays import pays
from tests.deployments import Shop
from tests.makers_members import a_member
from tests.makers_value import a_plan, key_in

BUY = """mutation ($input: MembershipBuyInput!) { membershipBuy(input: $input) {
  order { id } userErrors { code } } }"""
MINE = "query { me { membership { expiresAt plan { kind } } } }"


async def buy(shop: Shop, token: str, plan_id: Any) -> Any:
    wanted = {"planId": id_of(Kind.MEMBERSHIP_PLAN, plan_id), "idempotencyKey": uuid4().hex}
    return (await shop.ask(BUY, token, input=wanted))["membershipBuy"]


async def known_by(shop: Shop, member: Principal, unionid: str) -> None:
    ctx = shop.pond.context(member)
    async with ctx.database.writing() as tx:
        identity = Identity(IdentityProvider.WX_MP, "wx-app", uuid4().hex, unionid)
        await db.members.know_by(tx, ctx.member_id, identity, ctx.new_id(), ctx.now())


async def test_a_year_bought_with_ten_days_left_ends_ten_days_after_a_year(shop: Shop) -> None:
    member = await a_member(shop.pond)
    token = await shop.a_token(member)
    month, year = await a_plan(shop.pond, PlanKind.MONTH, 0), await a_plan(shop.pond, PlanKind.YEAR, 199_00)
    await buy(shop, token, month.id)
    left = shop.pond.time + timedelta(days=10)
    await shop.pond.select("UPDATE membership SET expires_at = $1 WHERE member_id = $2", left, member.member_id)

    order_id = (await buy(shop, token, year.id))["order"]["id"]
    await pays(shop, token, order_id)

    ((until,),) = await shop.pond.select("SELECT ends_at FROM membership_period WHERE order_id = $1", key_in(order_id))
    assert until == months_later(left, 12, Rules().time_zone)
    mine = (await shop.ask(MINE, token))["me"]["membership"]
    assert mine["expiresAt"][:10] == f"{until:%Y-%m-%d}"


async def test_a_trial_is_had_once_even_by_who_comes_back_as_somebody_new(shop: Shop) -> None:
    person, trial = uuid4().hex, await a_plan(shop.pond, PlanKind.TRIAL, 0)
    before, after, other = [await a_member(shop.pond) for _ in range(3)]
    await known_by(shop, before, person)
    first = await buy(shop, await shop.a_token(before), trial.id)
    await shop.pond.select("DELETE FROM member_identity WHERE member_id = $1", before.member_id)
    await known_by(shop, after, person)

    again = await buy(shop, await shop.a_token(after), trial.id)

    assert (first["userErrors"], again["userErrors"]) == ([], [{"code": "LIMIT_PER_MEMBER"}])
    assert (await buy(shop, await shop.a_token(other), trial.id))["userErrors"] == []
