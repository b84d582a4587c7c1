"""First-order offers: one in the life of a person, under however many accounts (R47)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

import db.members
import db.newcomers
import db.promotion_uses
import resolvers.bounties
from db.newcomers import Person
from db.writes import write
from domain.identity import Principal
from domain.members import Identity, IdentityProvider
from domain.memberships import traces_of
from domain.promotions.uses import Use
from tests.makers_catalogue import a_variant
from tests.makers_members import a_member
from tests.makers_promotions import a_promotion, line, place, promotion_key, quoted, yuan
from tests.pond import Pond, statements

CANCEL = "mutation ($id: ID!) { orderCancel(input: {orderId: $id}) { userErrors { code } } }"
PAID = """UPDATE "order" SET state = 'PAID', paid_at = placed_at, asked_minor = total_minor, paid_minor = total_minor"""
FULL, LOWERED = 199_00, 179_00
FIRST_ORDER = {"firstOrder": {"off": yuan(20_00), "threshold": yuan(1_00)}}


async def accounts(pond: Pond, many: int) -> list[Principal]:
    """Accounts of one person: WeChat knows them as one."""
    found = [await a_member(pond) for _ in range(many)]
    for number, account in enumerate(found):
        await known_by(pond, account, f"openid-{number}", "one-person")
    return found


async def known_by(pond: Pond, member: Principal, openid: str, unionid: str | None = None) -> None:
    ctx = pond.context()
    assert member.member_id is not None
    async with pond.database.writing() as tx:
        identity = Identity(IdentityProvider.WX_MP, "wx-app", openid, unionid)
        await db.members.know_by(tx, member.member_id, identity, ctx.new_id(), ctx.now())


async def price(pond: Pond, who: Principal, *lines: dict[str, Any]) -> int:
    return int((await quoted(pond, *lines, who=who))["total"]["minor"])


async def raced(pond: Pond, people: list[Principal]) -> list[int]:
    """What each pays of 64 orders, placed at once through eight servers."""
    tea, servers = await a_variant(pond, stock=1_000), [Pond(pond.database) for _ in range(8)]
    answers = await asyncio.gather(*(place(servers[n % 8], people[n % len(people)], line(tea)) for n in range(64)))
    return [one["order"]["total"]["minor"] for one in answers if one["order"]]


async def test_another_account_of_a_person_is_not_offered_it_again(pond: Pond) -> None:
    tea, (first, second) = await a_variant(pond), await accounts(pond, 2)
    await a_promotion(pond, FIRST_ORDER)
    before = await price(pond, second, line(tea))

    await place(pond, first, line(tea))

    assert (before, await price(pond, second, line(tea))) == (LOWERED, FULL)
    assert (await place(pond, second, line(tea)))["order"]["total"]["minor"] == FULL
    assert await price(pond, await a_member(pond), line(tea)) == LOWERED


async def test_a_person_is_new_again_when_the_order_is_given_up(pond: Pond) -> None:
    tea, (first, second) = await a_variant(pond), await accounts(pond, 2)
    await a_promotion(pond, FIRST_ORDER)
    order_id = (await place(pond, first, line(tea)))["order"]["id"]

    await pond.ask(CANCEL, first, id=order_id)

    assert (await place(pond, second, line(tea)))["order"]["total"]["minor"] == LOWERED
    assert await price(pond, first, line(tea)) == FULL


@pytest.mark.parametrize("offered", [True, False], ids=["with the offer", "before there was one"])
async def test_a_person_who_comes_back_by_another_way_is_known(pond: Pond, *, offered: bool) -> None:
    """By what was known of the account at any time, whether or not it still is."""
    tea, first, second = await a_variant(pond), await a_member(pond), await a_member(pond)
    if offered:
        await a_promotion(pond, FIRST_ORDER)
    await place(pond, first, line(tea))
    if not offered:
        await pond.select(PAID)
    await known_by(pond, first, "later", "one-person")
    await resolvers.bounties.know_everybody(pond.context())
    await pond.select("DELETE FROM member_identity")
    await known_by(pond, second, "again", "one-person")
    if not offered:
        await a_promotion(pond, FIRST_ORDER)

    assert await price(pond, second, line(tea)) == FULL


async def test_of_sixty_four_orders_of_a_person_one_is_the_first(pond: Pond) -> None:
    await a_promotion(pond, FIRST_ORDER)

    paid = await raced(pond, await accounts(pond, 8))

    assert paid.count(LOWERED) == 1


async def test_without_their_traces_each_account_would_have_a_first_order(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""

    async def strangers(_: Any, __: str, member_ids: Sequence[UUID]) -> dict[UUID, Person]:
        return {key: Person((), is_known=False) for key in member_ids}

    monkeypatch.setattr(db.newcomers, "persons", strangers)
    await a_promotion(pond, FIRST_ORDER)

    paid = await raced(pond, await accounts(pond, 8))

    assert paid.count(LOWERED) == 8


async def test_the_guard_of_the_database_holds_where_nobody_was_known(pond: Pond) -> None:
    """Orders that all looked before any was written: the key of the trace lets one of them pass."""
    key = promotion_key(await a_promotion(pond, FIRST_ORDER))
    members = [who.member_id for who in await accounts(pond, 8)]
    together = asyncio.Barrier(8)

    async def count_unlocked(member_id: Any) -> bool:
        async with pond.database.writing() as tx:
            locked = await db.promotion_uses.lock(tx, [key], [member_id])
        assert locked is not None
        await together.wait()
        use = Use(key, member_id, member_id, 20_00)
        async with pond.database.writing() as tx:
            counted = db.promotion_uses.counted(locked, [use], {member_id: member_id}, {b"one-person": member_id})
            return await write(tx, counted)

    assert sum(await asyncio.gather(*map(count_unlocked, members))) == 1


async def test_only_an_order_with_such_an_offer_costs_statements_for_it(pond: Pond) -> None:
    """The lock of the offer and its count, and what the person is known by."""
    tea, who, other = await a_variant(pond), await a_member(pond), await a_member(pond)
    await a_promotion(pond, limits={"uses": 100})
    await place(pond, who, line(tea))
    with statements() as without:
        await place(pond, who, line(tea))
    await a_promotion(pond, FIRST_ORDER)
    await place(pond, who, line(tea))

    with statements() as again:
        await place(pond, who, line(tea))
    with statements() as first:
        await place(pond, other, line(tea))

    assert [len(again) - len(without), len(first) - len(without)] == [0, 1]


@pytest.mark.parametrize("salt", ["yutang", "盐" * 40], ids=["short", "longer than a block"])
async def test_the_database_hashes_traces_as_everybody_does(pond: Pond, salt: str) -> None:
    who = await a_member(pond, phone="+8613800000000")
    await known_by(pond, who, "openid-1", "one-person")
    assert who.member_id is not None

    person = (await db.newcomers.persons(pond.database.reading(), salt, [who.member_id]))[who.member_id]

    wechat = Identity(IdentityProvider.WX_MP, "wx-app", "openid-1", "one-person")
    assert sorted(person.traces) == traces_of(salt, who.member_id, "+8613800000000", [wechat])
