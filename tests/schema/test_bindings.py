"""Bindings, as clients see them: four modes, what binds, who takes over, and what stays of it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

import resolvers.bindings
from domain.bindings import Bindable, BindingMode, BindingTerms, BindingTrigger
from domain.identity import Principal, Role
from tests.makers_bindings import (
    MINE,
    TRANSFER,
    VISIT,
    guide_id,
    guide_now,
    history,
    member_id,
    under,
)
from tests.makers_catalogue import a_variant
from tests.makers_guides import a_guide, a_share, bound, guide_of
from tests.makers_members import a_member, a_store, staff
from tests.makers_payments import a_paid_order
from tests.pond import Pond, statements

TIMED = BindingTerms(BindingMode.TIMED, timedelta(days=30), timedelta(days=15))


async def opens(pond: Pond, member: Principal, guide: Principal) -> None:
    """The member opens what the guide has shared."""
    share = await a_share(pond, guide, (await guide_of(pond, guide)).store_id)
    await pond.ask(VISIT, member, code=share.code)


async def two_guides(pond: Pond) -> tuple[Principal, Principal]:
    store_id = await a_store(pond)
    return await a_guide(pond, "G1", store_id=store_id), await a_guide(pond, "G2", store_id=store_id)


async def test_whose_share_a_member_opens_first_is_their_guide_for_good(pond: Pond) -> None:
    under(pond, BindingTerms())
    (one, other), mei = await two_guides(pond), await a_member(pond)

    await opens(pond, mei, one)
    pond.later(days=400)
    await opens(pond, mei, other)

    data = (await pond.ask(MINE, mei))["me"]
    assert data["guide"] == data["binding"]["guide"] == {"displayName": "G1"}
    assert (data["binding"]["mode"], data["binding"]["cause"]) == ("PERMANENT", "SHARE")
    assert (data["binding"]["protectedUntil"], data["binding"]["expiresAt"]) == (None, None)
    assert data["binding"]["sourceShare"] is not None


async def test_a_timed_binding_is_taken_over_behind_its_protection(pond: Pond) -> None:
    under(pond, TIMED)
    (one, other), mei, operator = await two_guides(pond), await a_member(pond), await staff(pond, Role.OPERATOR)
    await opens(pond, mei, one)

    pond.later(days=14)
    await opens(pond, mei, other)
    protected = await guide_now(pond, mei)
    pond.later(days=2)
    await opens(pond, mei, other)

    assert (protected, await guide_now(pond, mei)) == ("G1", "G2")
    now, before = await history(pond, mei, operator)
    assert (before["endReason"], before["endedAt"]) == ("TAKEN_OVER", now["boundAt"])
    assert (now["previous"], now["actor"]) == ({"guide": {"displayName": "G1"}}, {"nickname": "Mei"})


async def test_a_timed_binding_ends_when_its_time_is_over_and_its_job_says_so(pond: Pond) -> None:
    under(pond, TIMED)
    (one, _), mei, operator = await two_guides(pond), await a_member(pond), await staff(pond, Role.OPERATOR)
    await opens(pond, mei, one)
    expires_at = (await pond.ask(MINE, mei))["me"]["binding"]["expiresAt"]

    pond.later(days=30)
    before_the_job = await guide_now(pond, mei)
    pond.later(hours=5)
    ended = [await resolvers.bindings.expire(pond.context()) for _ in range(2)]

    assert (before_the_job, ended) == (None, [1, 0])
    (line,) = await history(pond, mei, operator)
    assert (line["endReason"], line["endedAt"]) == ("EXPIRED", expires_at)


async def test_who_is_nobodys_customer_any_more_is_bound_anew_before_the_job_has_come_by(pond: Pond) -> None:
    under(pond, TIMED)
    (one, other), mei, operator = await two_guides(pond), await a_member(pond), await staff(pond, Role.OPERATOR)
    await opens(pond, mei, one)
    pond.later(days=31)

    await opens(pond, mei, other)

    now, before = await history(pond, mei, operator)
    assert (now["guide"], before["endReason"]) == ({"displayName": "G2"}, "EXPIRED")
    assert before["endedAt"] < now["boundAt"]


async def test_where_links_override_the_last_one_counts(pond: Pond) -> None:
    under(pond, BindingTerms(BindingMode.OVERRIDE))
    (one, other), mei = await two_guides(pond), await a_member(pond)
    found = []

    for guide in (one, other, one):
        pond.later(minutes=1)
        await opens(pond, mei, guide)
        found.append(await guide_now(pond, mei))

    assert found == ["G1", "G2", "G1"]


async def test_where_only_who_registers_is_bound_a_member_of_yesterday_is_not(pond: Pond) -> None:
    under(pond, BindingTerms(BindingMode.REGISTER_ONLY))
    (one, _), old = await two_guides(pond), await a_member(pond)
    pond.later(days=1)
    new = await a_member(pond)
    pond.later(seconds=10)

    await opens(pond, old, one)
    await opens(pond, new, one)

    assert (await guide_now(pond, old), await guide_now(pond, new)) == (None, "G1")


async def test_where_only_new_customers_are_bound_who_has_paid_is_not(pond: Pond) -> None:
    under(pond, BindingTerms(who=Bindable.NEW_MEMBERS))
    (one, _), new, old = await two_guides(pond), await a_member(pond), await a_member(pond)
    await a_paid_order(pond, old, (await a_variant(pond), 1))

    await opens(pond, new, one)
    await opens(pond, old, one)

    assert (await guide_now(pond, new), await guide_now(pond, old)) == ("G1", None)


async def test_without_that_trigger_opening_a_share_binds_nobody(pond: Pond) -> None:
    under(pond, BindingTerms(triggers=frozenset({BindingTrigger.REGISTRATION})))
    (one, _), mei = await two_guides(pond), await a_member(pond)

    await opens(pond, mei, one)

    assert await guide_now(pond, mei) is None


async def test_who_is_bound_stays_so_when_the_brand_changes_its_mode(pond: Pond) -> None:
    under(pond, BindingTerms())
    (one, other), mei, lin = await two_guides(pond), await a_member(pond), await a_member(pond)
    await opens(pond, mei, one)

    under(pond, BindingTerms(BindingMode.OVERRIDE))
    pond.later(days=1)
    await opens(pond, mei, other)
    await opens(pond, lin, one)
    await opens(pond, lin, other)

    assert (await guide_now(pond, mei), await guide_now(pond, lin)) == ("G1", "G2")
    assert (await pond.ask(MINE, mei))["me"]["binding"]["mode"] == "PERMANENT"


async def test_a_member_opens_their_own_customers_share_and_stays_free(pond: Pond) -> None:
    under(pond, BindingTerms())
    one, other = await two_guides(pond)
    await bound(pond, one, other)

    await opens(pond, other, one)

    assert await guide_now(pond, other) is None


async def test_opening_a_share_once_more_costs_a_bound_member_one_statement(pond: Pond) -> None:
    under(pond, BindingTerms())
    (one, other), mei = await two_guides(pond), await a_member(pond)
    await opens(pond, mei, one)
    share = await a_share(pond, other, (await guide_of(pond, other)).store_id)

    with statements() as run:
        await pond.ask(VISIT, mei, code=share.code)

    assert len([text for text in run if "binding" in text]) == 1


@pytest.mark.parametrize("hold", [None, TIMED])
async def test_of_twenty_links_that_are_opened_at_once_one_binds(pond: Pond, hold: BindingTerms | None) -> None:
    """Of an unbound member, and of one whose protection is over."""
    under(pond, hold or BindingTerms())
    store_id, mei, operator = await a_store(pond), await a_member(pond), await staff(pond, Role.OPERATOR)
    guides = [await a_guide(pond, f"G{n}", store_id=store_id) for n in range(20)]
    shares = [await a_share(pond, guide, store_id) for guide in guides]
    if hold is not None:
        await opens(pond, mei, await a_guide(pond, "before", store_id=store_id))
        pond.later(days=16)

    await asyncio.gather(*(pond.ask(VISIT, mei, code=share.code) for share in shares))

    lines = await history(pond, mei, operator)
    assert [line["endReason"] for line in lines] == [None] + ["TAKEN_OVER"] * (hold is not None)


@pytest.mark.parametrize(("renews", "day"), [(True, 50), (False, 30)])
async def test_a_paid_order_renews_a_timed_binding_where_the_brand_says_so(
    pond: Pond, day: int, *, renews: bool
) -> None:
    under(pond, BindingTerms(BindingMode.TIMED, timedelta(days=30), timedelta(days=15), renews))
    (one, _), mei = await two_guides(pond), await a_member(pond)
    await opens(pond, mei, one)
    since = pond.time

    pond.later(days=20)
    await a_paid_order(pond, mei, (await a_variant(pond), 1))

    expires_at = (await pond.ask(MINE, mei))["me"]["binding"]["expiresAt"]
    assert datetime.fromisoformat(expires_at) == since + timedelta(days=day)


async def test_a_manager_of_both_stores_gives_a_member_to_another_guide(pond: Pond) -> None:
    one, other = await two_guides(pond)
    mei, manager = (
        await a_member(pond),
        await staff(pond, Role.STORE_MANAGER, unit_id=(await guide_of(pond, one)).store_id, nickname="店长"),
    )
    await bound(pond, mei, one)
    pond.later(days=1)

    asked = {"memberId": member_id(mei), "toGuideId": await guide_id(pond, other), "reason": "搬家了"}
    data = (await pond.ask(TRANSFER, manager, input=asked))["bindingTransfer"]

    assert data == {
        "binding": {"mode": "PERMANENT", "cause": "TRANSFER", "guide": {"displayName": "G2"}, "expiresAt": None},
        "userErrors": [],
    }
    now, before = await history(pond, mei, manager)
    assert (now["reason"], now["actor"]["nickname"], before["endReason"]) == ("搬家了", "店长", "TRANSFERRED")


async def test_whose_customer_a_member_was_at_a_time_is_asked_for_by_that_time(pond: Pond) -> None:
    (one, other), mei, operator = await two_guides(pond), await a_member(pond), await staff(pond, Role.OPERATOR)
    before = pond.time - timedelta(seconds=1)
    await bound(pond, mei, one)
    first = pond.time
    moved = pond.later(days=5)
    asked = {"memberId": member_id(mei), "toGuideId": await guide_id(pond, other), "reason": "."}
    await pond.ask(TRANSFER, operator, input=asked)

    times = (before, first, moved - timedelta(microseconds=1), moved)
    found = [[line["guide"]["displayName"] for line in await history(pond, mei, operator, at)] for at in times]

    assert found == [[], ["G1"], ["G1"], ["G2"]]


async def test_who_does_not_manage_both_stores_does_not_transfer(pond: Pond) -> None:
    one, elsewhere = await a_guide(pond, "G1"), await a_guide(pond, "Elsewhere")
    mei, lin = await a_member(pond), await a_member(pond)
    await bound(pond, mei, one)
    here = await staff(pond, Role.STORE_MANAGER, unit_id=(await guide_of(pond, one)).store_id)
    there = await staff(pond, Role.STORE_MANAGER, unit_id=(await guide_of(pond, elsewhere)).store_id)

    async def refused(manager: Principal, member: Principal, guide: Principal) -> list[str]:
        asked = {"memberId": member_id(member), "toGuideId": await guide_id(pond, guide), "reason": "."}
        return [error["path"][1] for error in await pond.refused(TRANSFER, manager, input=asked)]

    assert await refused(here, mei, elsewhere) == ["toGuideId"]
    assert await refused(there, mei, elsewhere) == ["memberId"]
    assert await refused(here, lin, one) == ["memberId"], "who is nobody's customer is given away by operators"
    assert await refused(await staff(pond, Role.OPERATOR), lin, one) == []
    assert await pond.errors(TRANSFER, mei, input={"memberId": "x", "toGuideId": "x", "reason": "x"}) == ["FORBIDDEN"]


async def test_a_transfer_to_oneself_to_the_same_guide_or_in_a_loop_is_refused(pond: Pond) -> None:
    (one, other), operator, mei = await two_guides(pond), await staff(pond, Role.OPERATOR), await a_member(pond)
    await bound(pond, mei, one)
    await bound(pond, one, other)

    async def refused(member: Principal, guide: Principal) -> list[str]:
        asked = {"memberId": member_id(member), "toGuideId": await guide_id(pond, guide), "reason": "."}
        return [error["code"] for error in await pond.refused(TRANSFER, operator, input=asked)]

    assert await refused(mei, one) == await refused(one, one) == await refused(other, one) == ["INVALID_STATE"]


async def test_managers_see_the_history_of_their_own_stores_alone(pond: Pond) -> None:
    one, elsewhere, mei = await a_guide(pond, "G1"), await a_guide(pond, "Elsewhere"), await a_member(pond)
    await bound(pond, mei, one)
    pond.later(days=1)
    operator = await staff(pond, Role.OPERATOR)
    asked = {"memberId": member_id(mei), "toGuideId": await guide_id(pond, elsewhere), "reason": "."}
    await pond.ask(TRANSFER, operator, input=asked)
    there = await staff(pond, Role.STORE_MANAGER, unit_id=(await guide_of(pond, elsewhere)).store_id)

    (seen,) = await history(pond, mei, there)

    assert (seen["guide"]["displayName"], seen["previous"]) == ("Elsewhere", None)
    assert len(await history(pond, mei, operator)) == 2


async def test_a_page_of_bindings_takes_one_statement_for_each_kind_of_thing(pond: Pond) -> None:
    (one, _), operator = await two_guides(pond), await staff(pond, Role.OPERATOR)
    for _ in range(5):
        await bound(pond, await a_member(pond), one)

    with statements() as run:
        await pond.ask(
            "{ bindings(first: 5) { nodes { member { nickname } guide { displayName } store { name }"
            " actor { nickname } sourceShare { code } previous { id } } } }",
            operator,
        )

    assert len(run) == 4
