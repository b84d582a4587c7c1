"""Handovers, as clients see them: at one instant, member by member, and who does not want the successor (R10)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

import resolvers.handovers
from domain.bindings import BindingMode, BindingTerms
from domain.guides import GuideAction, GuideStatus
from domain.identity import Principal, Role
from resolvers import guides as guide_stories
from schema.ids import Kind, id_of
from tests.makers_bindings import TRANSFER, VISIT, guide_id, guide_now, history, member_id, under
from tests.makers_guides import a_guide, a_share, bound, guide_of
from tests.makers_members import a_member, a_store, appointed, staff
from tests.pond import Pond, statements

CREATE = """mutation($input: HandoverCreateInput!) { handoverCreate(input: $input) { handover { id
    effectiveAt refusableUntil isLeaving counts { waiting inProgress done failed refused } }
    userErrors { code path } } }"""
LINES = """query($id: ID!) { node(id: $id) { ... on Handover { calledOffAt counts { waiting inProgress done failed refused }
    members(first: 100) { nodes { member { nickname } state failure binding { cause guide { displayName } } } } } } }"""
PENDING = (
    """{ me { handover { state handover { id effectiveAt fromGuide { displayName } toGuide { displayName } } } } }"""
)
REFUSE = """mutation($id: ID!) { handoverRefuse(input: {handoverId: $id}) {
    member { state binding { cause guide { displayName } } } userErrors { code } } }"""
CALL_OFF = "mutation($id: ID!) { handoverCallOff(input: {handoverId: $id}) { userErrors { code } } }"


class Team:
    """Two guides of one store and an operator; G1 has some customers."""

    def __init__(self, pond: Pond, leaver: Principal, successor: Principal, operator: Principal) -> None:
        self.pond, self.leaver, self.successor, self.operator = pond, leaver, successor, operator
        self.members: list[Principal] = []

    async def asked(self, at: datetime | None = None, **more: Any) -> dict[str, Any]:
        return {
            "fromGuideId": await guide_id(self.pond, self.leaver),
            "toGuideId": await guide_id(self.pond, self.successor),
            "effectiveAt": at and at.isoformat(),
            "reason": "离职",
            **more,
        }

    async def hand_over(self, at: datetime | None = None, **more: Any) -> Any:
        """The handover of all customers."""
        data = await self.pond.ask(CREATE, self.operator, input=await self.asked(at, **more))
        assert data["handoverCreate"]["userErrors"] == []
        return data["handoverCreate"]["handover"]

    async def states(self, handover_id: str) -> list[tuple[str, str, str | None]]:
        """Of each member the name, the state, and why it failed."""
        lines = (await self.pond.ask(LINES, self.operator, id=handover_id))["node"]["members"]["nodes"]
        return [(line["member"]["nickname"], line["state"], line["failure"]) for line in lines]

    async def guides(self) -> list[str | None]:
        """Whose customers the members are now."""
        return [await guide_now(self.pond, member) for member in self.members]


async def a_team(pond: Pond, customers: Sequence[str] = ("Mei", "Lin")) -> Team:
    store_id = await a_store(pond)
    leaver, successor = await a_guide(pond, "G1", store_id=store_id), await a_guide(pond, "G3", store_id=store_id)
    team = Team(pond, leaver, successor, await staff(pond, Role.OPERATOR))
    team.members = [await a_member(pond, name) for name in customers]
    for member in team.members:
        await bound(pond, member, team.leaver)
    return team


async def test_customers_go_over_at_the_very_instant_whether_or_not_the_job_has_come_by(pond: Pond) -> None:
    team = await a_team(pond)
    turn = pond.time + timedelta(days=3)

    handover = await team.hand_over(turn)
    pond.time = turn - timedelta(microseconds=1)
    before = await team.guides()
    pond.time = turn

    assert (before, await team.guides()) == (["G1", "G1"], ["G3", "G3"])
    now, old = await history(pond, team.members[0], team.operator)
    assert (old["endReason"], old["endedAt"], now["cause"]) == ("HANDED_OVER", now["boundAt"], "HANDOVER")
    assert await team.states(handover["id"]) == [("Mei", "WAITING", None), ("Lin", "WAITING", None)]


async def test_each_member_waits_goes_over_and_is_done_a_day_later(pond: Pond) -> None:
    team = await a_team(pond)
    handover = await team.hand_over(pond.time + timedelta(days=3))
    found = [handover["counts"]["waiting"]]

    for step in (timedelta(days=3), timedelta(hours=24)):
        pond.time += step
        await resolvers.handovers.go_on(pond.context())
        found.append({state for _, state, _ in await team.states(handover["id"])})

    assert found == [2, {"IN_PROGRESS"}, {"DONE"}]
    assert await resolvers.handovers.go_on(pond.context()) == 0


async def test_a_handover_without_a_time_is_for_now_and_keeps_the_terms(pond: Pond) -> None:
    under(pond, BindingTerms(BindingMode.TIMED, timedelta(days=30), timedelta(days=15)))
    team = await a_team(pond, ["Mei"])
    mine = "{ me { guide { displayName } binding { mode expiresAt protectedUntil } } }"
    before = (await pond.ask(mine, team.members[0]))["me"]["binding"]
    pond.later(days=2)

    handover = await team.hand_over()

    me = (await pond.ask(mine, team.members[0]))["me"]
    assert (me["guide"]["displayName"], me["binding"]) == ("G3", before)
    assert handover["counts"]["inProgress"] == 1


async def test_a_guide_who_has_left_is_succeeded_all_the_same(pond: Pond) -> None:
    team = await a_team(pond)
    asked = await team.asked()
    left = await guide_of(pond, team.leaver)
    await guide_stories.change_status(pond.context(team.operator), left.id, GuideAction.DISMISS, left.version)

    data = (await pond.ask(CREATE, team.operator, input=asked | {"isLeaving": False}))["handoverCreate"]

    assert (data["userErrors"], data["handover"]["isLeaving"]) == ([], True)
    assert await team.guides() == ["G3", "G3"]


async def test_only_those_who_are_named_go_over_and_who_is_no_customer_is_said_so(pond: Pond) -> None:
    team = await a_team(pond)
    stranger = await a_member(pond, "Stranger")

    handover = await team.hand_over(memberIds=[member_id(team.members[1]), member_id(stranger)])

    assert await team.guides() == ["G1", "G3"]
    assert await team.states(handover["id"]) == [("Lin", "IN_PROGRESS", None), ("Stranger", "FAILED", "NOT_BOUND")]


async def test_whoever_is_no_member_cannot_be_named(pond: Pond) -> None:
    team = await a_team(pond)
    asked = {"fromGuideId": await guide_id(pond, team.leaver), "toGuideId": await guide_id(pond, team.successor)}
    wanted = asked | {"reason": "离职", "memberIds": [member_id(team.members[0]), id_of(Kind.MEMBER, uuid4())]}

    refused = await pond.refused(CREATE, team.operator, input=wanted)

    assert refused == [{"code": "NOT_FOUND", "path": ["input", "memberIds"]}]
    assert await team.guides() == ["G1", "G1"]


async def test_the_successor_and_whose_customer_it_is_are_not_its_customers(pond: Pond) -> None:
    team = await a_team(pond)
    boss = await a_guide(pond, "Boss", store_id=(await guide_of(pond, team.leaver)).store_id)
    await bound(pond, team.successor, boss)
    await bound(pond, boss, team.leaver)

    handover = await team.hand_over()

    assert await team.states(handover["id"]) == [
        ("Mei", "IN_PROGRESS", None),
        ("Lin", "IN_PROGRESS", None),
        ("Boss", "FAILED", "LOOP"),
    ]


async def test_the_successor_who_is_a_customer_stays_one(pond: Pond) -> None:
    team = await a_team(pond, [])
    await bound(pond, team.successor, team.leaver)

    handover = await team.hand_over()

    assert await team.states(handover["id"]) == [("G3", "FAILED", "IS_SUCCESSOR")]


async def test_what_is_over_before_is_not_handed_over(pond: Pond) -> None:
    under(pond, BindingTerms(BindingMode.TIMED, timedelta(days=30), timedelta(days=15)))
    team = await a_team(pond, ["Mei"])

    handover = await team.hand_over(pond.time + timedelta(days=30))

    assert await team.states(handover["id"]) == [("Mei", "FAILED", "EXPIRES_BEFORE")]


@pytest.mark.parametrize("days", [0, 3])
@pytest.mark.parametrize(("leaving", "stays_with"), [(True, None), (False, "G1")])
async def test_who_refuses_stays_with_the_guide_or_with_the_store_where_the_guide_leaves(
    pond: Pond, days: int, *, leaving: bool, stays_with: str | None
) -> None:
    team = await a_team(pond)
    mei = team.members[0]
    await team.hand_over(pond.time + timedelta(days=3), isLeaving=leaving)
    pending = (await pond.ask(PENDING, mei))["me"]["handover"]["handover"]
    pond.later(days=days)

    refused = (await pond.ask(REFUSE, mei, id=pending["id"]))["handoverRefuse"]

    assert (pending["fromGuide"]["displayName"], pending["toGuide"]["displayName"]) == ("G1", "G3")
    assert (refused["userErrors"], refused["member"]["state"]) == ([], "REFUSED")
    pond.later(days=3 - days, minutes=1)
    assert await team.guides() == [stays_with, "G3"]
    store = (await pond.ask("{ me { binding { mode store { id } } handover { state } } }", mei))["me"]
    assert (store["binding"]["mode"], store["handover"]) == ("PERMANENT", None)


async def test_the_stores_own_are_bound_by_a_click_to_a_guide_of_the_store_alone(pond: Pond) -> None:
    team = await a_team(pond)
    under(pond, BindingTerms())
    handover = await team.hand_over()
    for member in team.members:
        await pond.ask(REFUSE, member, id=handover["id"])
    pond.later(minutes=1)
    elsewhere = await a_guide(pond, "Elsewhere")

    for member, guide in zip(team.members, (team.successor, elsewhere), strict=True):
        share = await a_share(pond, guide, (await guide_of(pond, guide)).store_id)
        await pond.ask(VISIT, member, code=share.code)

    assert await team.guides() == ["G3", None]


async def test_a_member_refuses_once_within_a_day_and_for_themselves(pond: Pond) -> None:
    team = await a_team(pond)
    mei, lin = team.members
    handover = await team.hand_over()
    pond.later(hours=23)

    again = [await pond.refused(REFUSE, mei, id=handover["id"]) for _ in range(2)]
    pond.later(hours=1)

    assert again == [[], [{"code": "INVALID_STATE"}]]
    assert await pond.refused(REFUSE, lin, id=handover["id"]) == [{"code": "INVALID_STATE"}]
    assert await pond.refused(REFUSE, await a_member(pond), id=handover["id"]) == [{"code": "NOT_FOUND"}]


async def test_a_refusal_that_is_sent_64_times_at_once_is_one(pond: Pond) -> None:
    team = await a_team(pond)
    mei = team.members[0]
    handover = await team.hand_over()

    answers = await asyncio.gather(*(pond.refused(REFUSE, mei, id=handover["id"]) for _ in range(64)))

    assert answers.count([]) == 1
    assert len(await history(pond, mei, team.operator)) == 3


async def test_a_handover_that_has_not_begun_is_called_off_and_the_guide_keeps_them(pond: Pond) -> None:
    team = await a_team(pond)
    turn = pond.time + timedelta(days=3)
    handover = await team.hand_over(turn)
    await pond.ask(REFUSE, team.members[1], id=handover["id"])

    called_off = [await pond.refused(CALL_OFF, team.operator, id=handover["id"]) for _ in range(2)]
    pond.time = turn + timedelta(days=9)

    assert called_off == [[], [{"code": "INVALID_STATE"}]]
    assert await team.guides() == ["G1", "G1"]
    assert await team.states(handover["id"]) == [("Mei", "FAILED", "CALLED_OFF"), ("Lin", "FAILED", "CALLED_OFF")]
    again = await team.hand_over()
    assert again["counts"]["inProgress"] == 2


async def test_what_64_call_off_at_once_is_called_off_once(pond: Pond) -> None:
    """None waits for a second connection while it holds one: together they would have them all."""
    team = await a_team(pond, ["Mei"])
    handover = await team.hand_over(pond.time + timedelta(days=3))

    answers = await asyncio.gather(*(pond.refused(CALL_OFF, team.operator, id=handover["id"]) for _ in range(64)))

    assert answers.count([]) == 1
    assert answers.count([{"code": "INVALID_STATE"}]) == 63


async def test_what_has_begun_is_not_called_off(pond: Pond) -> None:
    team = await a_team(pond)
    handover = await team.hand_over()

    assert await pond.refused(CALL_OFF, team.operator, id=handover["id"]) == [{"code": "INVALID_STATE"}]


async def test_who_goes_elsewhere_before_the_instant_is_not_handed_over(pond: Pond) -> None:
    team = await a_team(pond)
    mei = team.members[0]
    turn = pond.time + timedelta(days=3)
    handover = await team.hand_over(turn)
    other = await a_guide(pond, "G2", store_id=(await guide_of(pond, team.leaver)).store_id)
    pond.later(days=1)

    asked = {"memberId": member_id(mei), "toGuideId": await guide_id(pond, other), "reason": "."}
    await pond.ask(TRANSFER, team.operator, input=asked)
    now = await team.guides()
    pond.time = turn

    assert (now, await team.guides()) == (["G2", "G1"], ["G2", "G3"])
    assert await team.states(handover["id"]) == [("Mei", "FAILED", "MOVED_MEANWHILE"), ("Lin", "WAITING", None)]


async def test_a_guides_customers_are_not_handed_over_twice(pond: Pond) -> None:
    team = await a_team(pond)
    other = await a_guide(pond, "G2", store_id=(await guide_of(pond, team.leaver)).store_id)

    async def to(guide: Principal) -> int:
        asked = await team.asked(pond.time + timedelta(days=1), toGuideId=await guide_id(pond, guide))
        data = (await pond.ask(CREATE, team.operator, input=asked))["handoverCreate"]
        return int(data["handover"]["counts"]["waiting"])

    waiting = await asyncio.gather(*(to((other, team.successor)[n % 2]) for n in range(64)))

    assert sorted(waiting) == [*[0] * 63, 2]


async def test_without_the_constraint_a_careless_statement_would_bind_twice(pond: Pond) -> None:
    """The negative control of the test above: what is planned and what holds would overlap."""
    team = await a_team(pond, ["Mei"])
    await pond.select("DROP INDEX uq_binding_one_open")
    await pond.select("ALTER TABLE binding DROP CONSTRAINT ex_binding_one_at_a_time")
    careless = """INSERT INTO binding (id, member_id, guide_id, guide_member_id, store_id, mode, bound_at, cause)
        SELECT gen_random_uuid(), member_id, guide_id, guide_member_id, store_id, mode, $2, 'HANDOVER'
        FROM binding WHERE guide_id = $1 AND ended_at IS NULL"""
    of_guide = (await guide_of(pond, team.leaver)).id

    for _ in range(2):
        await pond.select(careless, of_guide, pond.time + timedelta(days=1))

    assert len(await pond.select("SELECT id FROM binding WHERE ended_at IS NULL")) == 4


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"effectiveAt": "2026-11-21T00:00:00Z"}, "BAD_USER_INPUT", "effectiveAt"),
        ({"effectiveAt": "2028-01-01T00:00:00Z"}, "BAD_USER_INPUT", "effectiveAt"),
        ({"reason": " "}, "BAD_USER_INPUT", "reason"),
        ({"fromGuideId": "gde_0"}, "NOT_FOUND", "fromGuideId"),
        ({"memberIds": ["x"]}, "NOT_FOUND", "memberIds"),
    ],
)
async def test_a_handover_out_of_bounds_is_refused(pond: Pond, change: dict[str, Any], code: str, path: str) -> None:
    team = await a_team(pond, [])

    refused = await pond.refused(CREATE, team.operator, input=await team.asked() | change)

    assert refused == [{"code": code, "path": ["input", path]}]


async def test_one_hands_over_to_an_active_guide_other_than_the_leaver(pond: Pond) -> None:
    team = await a_team(pond, [])
    frozen = await a_guide(pond, status=GuideStatus.FROZEN, store_id=(await guide_of(pond, team.leaver)).store_id)
    to_frozen = await team.asked(toGuideId=await guide_id(pond, frozen))
    to_itself = await team.asked(toGuideId=await guide_id(pond, team.leaver))

    assert [error["code"] for error in await pond.refused(CREATE, team.operator, input=to_frozen)] == ["INVALID_STATE"]
    assert [error["code"] for error in await pond.refused(CREATE, team.operator, input=to_itself)] == ["BAD_USER_INPUT"]


async def test_members_stay_with_their_store_unless_an_operator_says_otherwise(pond: Pond) -> None:
    team = await a_team(pond)
    elsewhere = await a_guide(pond, "Elsewhere")
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=(await guide_of(pond, team.leaver)).store_id)
    asked = await team.asked(toGuideId=await guide_id(pond, elsewhere))

    assert [error["path"][1] for error in await pond.refused(CREATE, manager, input=asked)] == ["toGuideId"]
    assert await pond.refused(CREATE, manager, input=await team.asked()) == []
    assert await team.guides() == ["G3", "G3"]


async def test_handovers_are_listed_for_managers_of_the_store(pond: Pond) -> None:
    team = await a_team(pond)
    await team.hand_over()
    stranger = await staff(pond, Role.STORE_MANAGER, unit_id=await a_store(pond))
    listed = "{ handovers(first: 5) { nodes { reason actor { nickname } counts { inProgress } } } }"

    assert len((await pond.ask(listed, team.operator))["handovers"]["nodes"]) == 1
    assert (await pond.ask(listed, stranger))["handovers"]["nodes"] == []
    assert await pond.errors(listed, team.leaver) == ["FORBIDDEN"]


async def test_a_hundred_and_twenty_go_over_in_as_many_statements_as_one(pond: Pond) -> None:
    team = await a_team(pond, [f"M{n}" for n in range(120)])
    asked = await team.asked()

    with statements() as run:
        data = (await pond.ask(CREATE, team.operator, input=asked))["handoverCreate"]

    assert data["handover"]["counts"]["inProgress"] == 120
    assert len(run) == 9, "the last two say who may see the counts, and count"


async def test_a_customer_sees_the_handover_and_not_the_others_in_it(pond: Pond) -> None:
    """Not even one who manages another store."""
    team = await a_team(pond)
    await team.hand_over()
    elsewhere = await appointed(pond, team.members[0], Role.STORE_MANAGER, await a_store(pond, "Another"))
    asked = "{ me { handover { handover { toGuide { displayName } counts { done } members(first: 5) { edges { cursor } } } } } }"

    seen = (await pond.ask(asked, elsewhere))["me"]["handover"]["handover"]

    assert (seen["counts"], seen["members"]) == (None, None)
