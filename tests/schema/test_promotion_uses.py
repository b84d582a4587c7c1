"""What there is only so much of in promotions: uses, uses of a member, budgets, and the first order of a person."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

import db.promotion_uses
import resolvers.placing
from db.writes import write
from domain.identity import Principal
from domain.promotions.uses import Use
from resolvers.promotion_taking import PromotionTaking
from tests.makers_catalogue import a_variant, staff
from tests.makers_members import a_member
from tests.makers_promotions import OFF_20, a_promotion, line, place, promotion_key, quoted, yuan
from tests.pond import Pond, statements

CANCEL = """mutation ($id: ID!) { orderCancel(input: {orderId: $id}) { order { state } userErrors { code } } }"""
STANDING = "query ($id: ID!) { promotion(id: $id) { used spent { minor } } }"
FULL, LOWERED = 199_00, 179_00
HALF = {"percentOff": {"tiers": [{"threshold": {"amount": yuan(1_00)}, "offBp": 5_000}]}}
FIRST_ORDER = {"firstOrder": {"off": yuan(20_00), "threshold": yuan(1_00)}}
RACERS = 64


async def standing(pond: Pond, promotion_id: str) -> tuple[int, int]:
    """How many orders have a promotion, and the fen that it took off them."""
    found = (await pond.ask(STANDING, staff(), id=promotion_id))["promotion"]
    return found["used"], found["spent"]["minor"]


def totals(payloads: Sequence[Any]) -> list[int]:
    return [one["order"]["total"]["minor"] for one in payloads if one["order"]]


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


async def raced(pond: Pond, members: Sequence[Principal], **more: Any) -> list[Any]:
    """What becomes of an order of each member, placed at once through eight servers."""
    variant = await a_variant(pond, stock=1_000)
    servers = [Pond(pond.database) for _ in range(8)]
    return await asyncio.gather(*(place(servers[i % 8], who, line(variant), **more) for i, who in enumerate(members)))


async def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take uses of promotions out of what is taken with an order."""
    others = [one for one in resolvers.placing.TAKINGS if one is not PromotionTaking]
    monkeypatch.setattr(resolvers.placing, "TAKINGS", others)


async def test_an_order_counts_as_a_use_with_what_it_saved(pond: Pond) -> None:
    variant = await a_variant(pond)
    promotion_id = await a_promotion(pond, limits={"uses": 10})

    await place(pond, await a_member(pond), line(variant))

    assert await standing(pond, promotion_id) == (1, 20_00)


async def test_a_promotion_without_limits_writes_nothing_with_an_order(pond: Pond) -> None:
    variant, who = await a_variant(pond), await a_member(pond)
    promotion_id = await a_promotion(pond)
    await place(pond, who, line(variant))

    with statements() as log:
        assert totals([await place(pond, who, line(variant))]) == [LOWERED]

    assert not [one for one in log if "FROM promotion " in one or "UPDATE promotion " in one]
    assert await standing(pond, promotion_id) == (0, 0)


async def test_when_its_uses_are_gone_prices_are_made_without_it(pond: Pond) -> None:
    variant = await a_variant(pond)
    await a_promotion(pond, limits={"uses": 1})

    paid = [totals([await place(pond, await a_member(pond), line(variant))]) for _ in range(2)]

    assert paid == [[LOWERED], [FULL]]


async def test_an_order_that_is_given_up_gives_its_use_back_once(pond: Pond) -> None:
    variant, who = await a_variant(pond), await a_member(pond)
    promotion_id = await a_promotion(pond, limits={"uses": 1, "usesPerMember": 1, "budget": yuan(20_00)})
    order_id = (await place(pond, who, line(variant)))["order"]["id"]
    assert (await quoted(pond, line(variant)))["total"]["minor"] == FULL

    await asyncio.gather(*(pond.ask(CANCEL, who, id=order_id) for _ in range(4)))

    assert await standing(pond, promotion_id) == (0, 0)
    assert totals([await place(pond, who, line(variant))]) == [LOWERED]


async def test_a_member_has_no_more_uses_than_one_may_have(pond: Pond) -> None:
    variant, who = await a_variant(pond), await a_member(pond)
    await a_promotion(pond, limits={"usesPerMember": 1})

    paid = [totals([await place(pond, who, line(variant))]) for _ in range(2)]
    other = totals([await place(pond, await a_member(pond), line(variant))])

    assert [*paid, other] == [[LOWERED], [FULL], [LOWERED]]


async def test_an_order_that_a_budget_cannot_bear_is_refused_and_the_next_price_is_without_it(pond: Pond) -> None:
    variant, who = await a_variant(pond), await a_member(pond)
    promotion_id = await a_promotion(pond, limits={"budget": yuan(30_00)})
    await place(pond, await a_member(pond), line(variant))

    short = await place(pond, who, line(variant))
    again = await place(pond, who, line(variant))

    assert (codes(short), short["userErrors"][0]["promotionId"]) == (["NONE_LEFT"], promotion_id)
    assert totals([again]) == [FULL]
    assert await standing(pond, promotion_id) == (1, 20_00)


async def test_who_cannot_be_served_ends_no_promotion(pond: Pond) -> None:
    """Two units would fit into what is left of the budget; three do not, and are not there either."""
    variant, who = await a_variant(pond, stock=3), await a_member(pond)
    promotion_id = await a_promotion(pond, HALF, limits={"budget": yuan(350_00)})
    await place(pond, who, line(variant))

    refused = await place(pond, who, line(variant, 3))

    assert sorted(codes(refused)) == ["INSUFFICIENT_STOCK", "NONE_LEFT"]
    assert totals([await place(pond, who, line(variant, 2))]) == [199_00]
    assert await standing(pond, promotion_id) == (2, 298_50)


async def test_who_wants_more_than_a_whole_budget_gets_it_without_and_ends_no_promotion(pond: Pond) -> None:
    variant, who = await a_variant(pond, stock=9), await a_member(pond)
    promotion_id = await a_promotion(pond, HALF, limits={"budget": yuan(350_00)})

    large = await place(pond, who, line(variant, 4))
    small = await place(pond, who, line(variant, 2))

    assert totals([large, small]) == [796_00, 199_00]
    assert await standing(pond, promotion_id) == (1, 199_00)


async def test_only_so_many_orders_of_a_crowd_have_a_promotion(pond: Pond) -> None:
    promotion_id = await a_promotion(pond, limits={"uses": 5})

    answers = await raced(pond, [await a_member(pond) for _ in range(RACERS)])

    assert totals(answers).count(LOWERED) == 5
    assert await standing(pond, promotion_id) == (5, 100_00)


async def test_a_crowd_spends_no_more_than_the_budget(pond: Pond) -> None:
    promotion_id = await a_promotion(pond, limits={"budget": yuan(110_00)})

    answers = await raced(pond, [await a_member(pond) for _ in range(RACERS)])

    assert totals(answers).count(LOWERED) == 5
    assert await standing(pond, promotion_id) == (5, 100_00)


async def test_one_member_at_many_devices_has_one_use(pond: Pond) -> None:
    await a_promotion(pond, limits={"usesPerMember": 1})

    answers = await raced(pond, [await a_member(pond)] * RACERS)

    assert totals(answers).count(LOWERED) == 1


async def test_a_first_order_is_had_once_however_many_are_placed_at_once(pond: Pond) -> None:
    promotion_id = await a_promotion(pond, FIRST_ORDER)

    answers = await raced(pond, [await a_member(pond)] * RACERS)

    assert totals(answers).count(LOWERED) == 1
    assert await standing(pond, promotion_id) == (1, 20_00)


@pytest.mark.parametrize(
    ("play", "limits"),
    [
        pytest.param(OFF_20, {"uses": 5}, id="uses"),
        pytest.param(OFF_20, {"budget": yuan(100_00)}, id="budget"),
        pytest.param(FIRST_ORDER, None, id="first order"),
    ],
)
async def test_without_the_guard_a_crowd_has_more_than_there_is(
    pond: Pond, monkeypatch: pytest.MonkeyPatch, play: dict[str, Any], limits: Any
) -> None:
    """The negative control."""
    await unguarded(monkeypatch)
    await a_promotion(pond, play, limits=limits)

    answers = await raced(pond, [await a_member(pond)] * RACERS)

    assert totals(answers).count(LOWERED) > 5


async def test_the_guards_of_the_database_hold_where_nothing_was_locked(pond: Pond) -> None:
    """Counters that are all read before any is written: the conditional updates let no more pass than there is."""
    variant, members = await a_variant(pond), [await a_member(pond) for _ in range(8)]
    key = promotion_key(await a_promotion(pond, limits={"uses": 5}))
    assert variant

    async def count_unlocked(who: Principal) -> bool:
        async with pond.database.writing() as tx:
            locked = await db.promotion_uses.lock(tx, [key], [who.member_id])  # type: ignore[list-item]
        assert locked is not None
        await together.wait()
        use = Use(key, who.member_id, who.member_id, 20_00)  # type: ignore[arg-type]
        async with pond.database.writing() as tx:
            return await write(tx, db.promotion_uses.counted(locked, [use], {}, {}))

    together = asyncio.Barrier(8)

    assert sum(await asyncio.gather(*map(count_unlocked, members))) == 5


async def test_a_person_is_new_until_an_order_is_paid_and_again_when_it_is_given_up(pond: Pond) -> None:
    variant, who = await a_variant(pond), await a_member(pond)
    await a_promotion(pond, FIRST_ORDER)
    order_id = (await place(pond, who, line(variant)))["order"]["id"]
    meanwhile = (await quoted(pond, line(variant), who=who))["total"]["minor"]

    await pond.ask(CANCEL, who, id=order_id)

    assert meanwhile == FULL
    assert (await quoted(pond, line(variant), who=who))["total"]["minor"] == LOWERED


async def test_whoever_has_paid_an_order_is_not_new(pond: Pond) -> None:
    variant, who = await a_variant(pond), await a_member(pond)
    await place(pond, who, line(variant))
    await pond.select(
        "UPDATE \"order\" SET state = 'PAID', paid_at = placed_at, asked_minor = total_minor, paid_minor = total_minor"
    )
    await a_promotion(pond, FIRST_ORDER)

    assert (await quoted(pond, line(variant), who=who))["total"]["minor"] == FULL


async def test_visitors_are_nobody_who_could_be_new(pond: Pond) -> None:
    variant = await a_variant(pond)
    await a_promotion(pond, FIRST_ORDER)

    assert (await quoted(pond, line(variant)))["total"]["minor"] == FULL


async def test_a_promotion_with_limits_costs_an_order_one_statement_whatever_it_buys(pond: Pond) -> None:
    """Its lock. What its buyers have used of it is read with what else is known of them, and counted with the rest."""
    variants, members = [await a_variant(pond) for _ in range(5)], [await a_member(pond) for _ in range(3)]
    counts = []
    for who, lines in zip(members, ([variants[0]], [variants[0]], variants), strict=True):
        with statements() as log:
            await place(pond, who, *(line(one) for one in lines))
        counts.append(len(log))
        if len(counts) == 1:
            await a_promotion(pond, limits={"uses": 100, "usesPerMember": 1})
            await quoted(pond, line(variants[0]))

    assert [each - counts[0] for each in counts] == [0, 1, 1]
