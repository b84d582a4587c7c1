"""Bindings: what the database keeps true whoever comes first."""

from __future__ import annotations

import asyncio

import pytest

import db.guides
from domain.bindings import BindingCause, NotBindable, Trail
from domain.identity import Principal
from resolvers import bindings
from tests.makers_guides import a_guide, bound, guide_of
from tests.makers_members import a_member, a_store
from tests.pond import Pond


async def open_bindings(pond: Pond, member: Principal) -> int:
    query = "SELECT id FROM binding WHERE member_id = $1 AND ended_at IS NULL"
    return len(await pond.select(query, member.member_id))


async def bind_at_once(pond: Pond, member: Principal, bidders: list[Principal]) -> list[bool]:
    """All guides bind the member at the same time; who did."""
    assert member.member_id is not None
    found = [await guide_of(pond, bidder) for bidder in bidders]

    async def bid(guide: db.guides.Guide) -> bool:
        async with pond.database.writing() as tx:
            began = await bindings.bind(pond.context(), tx, member.member_id, guide, Trail(BindingCause.REGISTRATION))
        return began is not None

    return list(await asyncio.gather(*(bid(guide) for guide in found)))


async def test_of_sixty_four_bids_of_twenty_guides_for_one_member_at_once_exactly_one_does(pond: Pond) -> None:
    member, store_id = await a_member(pond), await a_store(pond)
    bidders = [await a_guide(pond, f"Guide {i}", store_id=store_id) for i in range(20)]

    won = await bind_at_once(pond, member, (bidders * 4)[:64])

    assert (won.count(True), await open_bindings(pond, member)) == (1, 1)


async def test_without_the_index_each_of_them_would(pond: Pond) -> None:
    """The negative control of the test above."""
    await pond.select("DROP INDEX uq_binding_one_open")
    await pond.select("ALTER TABLE binding DROP CONSTRAINT ex_binding_one_at_a_time")
    member, store_id = await a_member(pond), await a_store(pond)
    bidders = [await a_guide(pond, f"Guide {i}", store_id=store_id) for i in range(5)]

    won = await bind_at_once(pond, member, bidders)

    assert (won.count(True), await open_bindings(pond, member)) == (5, 5)


async def test_two_guides_cannot_be_each_others_customers(pond: Pond) -> None:
    store_id = await a_store(pond)
    one, other = await a_guide(pond, "One", store_id=store_id), await a_guide(pond, "Other", store_id=store_id)
    await bound(pond, one, other)

    with pytest.raises(NotBindable):
        await bound(pond, other, one)


async def test_nor_can_three_in_a_ring(pond: Pond) -> None:
    store_id = await a_store(pond)
    one, two, three = [await a_guide(pond, f"Guide {i}", store_id=store_id) for i in range(3)]
    await bound(pond, one, two)
    await bound(pond, two, three)

    with pytest.raises(NotBindable):
        await bound(pond, three, one)


async def test_two_guides_who_bind_each_other_at_once_do_not_both(pond: Pond) -> None:
    store_id = await a_store(pond)
    one, other = await a_guide(pond, "One", store_id=store_id), await a_guide(pond, "Other", store_id=store_id)

    ends = await asyncio.gather(bound(pond, one, other), bound(pond, other, one), return_exceptions=True)

    assert sorted(type(end).__name__ for end in ends) == ["NoneType", "NotBindable"]


async def test_without_the_trigger_they_would(pond: Pond) -> None:
    """The negative control of the test above."""
    await pond.select("DROP TRIGGER binding_has_no_loops ON binding")
    store_id = await a_store(pond)
    one, other = await a_guide(pond, "One", store_id=store_id), await a_guide(pond, "Other", store_id=store_id)

    await asyncio.gather(bound(pond, one, other), bound(pond, other, one))

    assert await open_bindings(pond, one) + await open_bindings(pond, other) == 2
