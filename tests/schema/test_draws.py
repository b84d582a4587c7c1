"""Lucky bags and draws: opened, entered once by each, closed once, and drawn so that anybody can check it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import db.draw_entries
import db.draw_wins
import db.stock
import resolvers.bullets
import resolvers.drawing
import resolvers.draws
import resolvers.live_mirrors
import resolvers.red_packets
from domain import draws as rules
from domain.bullets import BulletRejected
from domain.draw_terms import DrawKind
from domain.draws import Draw
from domain.eligibility import EntryConditions
from domain.identity import VISITOR, Principal, Role
from domain.ledger import draw_pot
from domain.live import IsMirror
from domain.money import COIN, Money
from domain.red_packets import RedPacketTerms
from domain.room_events import BulletMode, EventKind
from domain.sponsors import Sponsor
from schema.ids import Kind, id_of
from tests.makers_draws import a_draw, entered, named, of_coins, prepared, sum_of
from tests.makers_guides import a_guide, bound
from tests.makers_live import a_room, coins, log_of
from tests.makers_members import a_member, staff
from tests.pond import Pond, statements, the_schema

CARD = """id kind state title prizes { id kind name count coins } conditions { boundToHost password hasOrdered leastInvited }
  fairness mostWins commitment openedAt closesAt entrants winners { name prizeId } winnerCount version"""
PREPARE = """mutation($input: DrawPrepareInput!) { drawPrepare(input: $input) {
  draw { id card { state prizes { name } } } replayed userErrors { code path } } }"""
OPEN = "mutation($id: ID!) { drawOpen(input: {drawId: $id}) { draw { card { state } } replayed userErrors { code } } }"
CLOSE = (
    "mutation($id: ID!) { drawClose(input: {drawId: $id}) { draw { card { state } } replayed userErrors { code } } }"
)
WITHDRAW = """mutation($id: ID!) { drawWithdraw(input: {drawId: $id}) {
  draw { card { state } } replayed userErrors { code } } }"""
ENTER = """mutation($id: ID!) { drawEnter(input: {drawId: $id}) { entry { ticket } replayed
  userErrors { code ... on ConditionUnmet { condition } } } }"""
SNAPSHOT = f"query($id: ID!) {{ liveRoom(id: $id) {{ draws {{ card {{ {CARD} }} }} }} }}"
RESULT = """query($id: ID!) { node(id: $id) { ... on LiveDraw { card { state winnerCount winners { name } }
  proof { seed commitment participantsHash algorithm } participants(most: 1000) { ticket turn }
  myEntry { ticket } myPrize { prize { name } claimedAt lapsedAt }
  claims { winnerName prize { name } address { city phone } } } } }"""
ROOT = Path(__file__).parent.parent.parent
DIGITS = {"FIRST": "1", "SECOND": "2", "NEVER": "0"}


def key(draw: Draw) -> str:
    return id_of(Kind.DRAW, draw.id)


async def result(pond: Pond, draw: Draw, who: Principal | None = None) -> dict[str, Any]:
    answer = await pond.ask(RESULT, who or VISITOR, id=key(draw))
    return dict(answer["node"])


async def members(pond: Pond, many: int) -> list[Principal]:
    return [await a_member(pond, f"小{number}") for number in range(many)]


async def drawn(pond: Pond, draw: Draw) -> None:
    """Let the countdown pass, and the job do its work."""
    pond.later(seconds=60)
    assert await resolvers.drawing.keep_going(pond.context()) == 2


async def test_a_lucky_bag_from_beginning_to_end(pond: Pond) -> None:
    room, host = await a_room(pond)
    mei, lan = await members(pond, 2)
    prize = {"kind": "NAMED", "name": "一年的茶", "count": 1}
    asked: dict[str, Any] = {
        "liveRoomId": id_of(Kind.LIVE_ROOM, room.id),
        "kind": "LUCKY_BAG",
        "title": "福袋",
        "prizes": [prize],
    }
    asked |= {"countdownSeconds": 60, "idempotencyKey": "a key"}

    prepared_, again = [(await pond.ask(PREPARE, host, input=asked))["drawPrepare"] for _ in range(2)]
    draw_id = prepared_["draw"]["id"]
    assert (again["draw"]["id"], again["replayed"]) == (draw_id, True)
    assert (await pond.ask("query($id: ID!) { node(id: $id) { id } }", mei, id=draw_id))["node"] is None
    opened = [(await pond.ask(OPEN, host, id=draw_id))["drawOpen"] for _ in range(2)]
    entries = [(await pond.ask(ENTER, who, id=draw_id))["drawEnter"] for who in (mei, lan, mei)]
    pond.later(seconds=60)
    await resolvers.drawing.keep_going(pond.context())

    assert [one["replayed"] for one in opened] == [False, True]
    assert [one["replayed"] for one in entries] == [False, False, True]
    answers = [(await pond.ask(RESULT, who, id=draw_id))["node"] for who in (mei, lan)]
    assert answers[0]["card"] == {"state": "DRAWN", "winnerCount": 1, "winners": [{"name": "小**"}]}
    assert [one["myEntry"] for one in answers] == [entries[0]["entry"], entries[1]["entry"]]
    assert sorted(one["myPrize"] is not None for one in answers) == [False, True]


async def test_anybody_can_check_the_result_from_what_is_published(pond: Pond) -> None:
    draw, _, _ = await a_draw(pond, named(3))
    await entered(pond, draw, *await members(pond, 8))
    published = draw.card.commitment

    await drawn(pond, draw)

    told = await result(pond, draw)
    proof, seed = told["proof"], bytes.fromhex(told["proof"]["seed"])
    lines = [f"{one['ticket']} {DIGITS[one['turn']]}\n" for one in told["participants"]]
    ranked = sorted(told["participants"], key=lambda p: hashlib.sha256(seed + bytes.fromhex(p["ticket"])).digest())
    rows = await pond.select(
        "SELECT e.ticket FROM draw_win w JOIN draw_entry e USING (draw_id, member_id) ORDER BY w.position"
    )
    assert hashlib.sha256(seed).hexdigest() == proof["commitment"] == published
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == proof["participantsHash"]
    assert [row["ticket"].hex for row in rows] == [one["ticket"] for one in ranked[:3]]


async def test_the_program_of_the_documents_checks_a_draw(pond: Pond) -> None:
    draw, _, _ = await a_draw(pond, named(2), of_coins(2, 1))
    mei, *others = await members(pond, 9)
    await entered(pond, draw, mei, *others)
    await drawn(pond, draw)
    document = (ROOT / "examples/draws/draw-proof.graphql").read_text()
    answer = {"data": await pond.ask(document, drawId=key(draw))}
    program = re.search(r"```python\n(.*?)```", (ROOT / "docs/draws.md").read_text(), re.DOTALL)
    assert program is not None

    async def said(given: dict[str, Any]) -> str:
        command = [
            sys.executable,
            "-c",
            program[1],
            str(draw.card.commitment),
            id_of(Kind.MEMBER, mei.member_id or draw.id),
        ]
        pipe = asyncio.subprocess.PIPE
        running = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
        out, error = await running.communicate(json.dumps(given).encode())
        return (out + error).decode()

    assert await said(answer) == "The draw holds: 9 took part, 4 won, and you were among those who took part.\n"
    listed = answer["data"]["node"]["participants"]
    winner, loser = (next(one for one in listed if (one["prizeId"] is None) is lost) for lost in (False, True))
    winner["prizeId"], loser["prizeId"] = None, winner["prizeId"]
    assert "AssertionError: others should have won" in await said(answer)


async def test_the_seed_is_nobodys_business_before_the_draw(pond: Pond) -> None:
    draw, room, host = await a_draw(pond)
    await entered(pond, draw, await a_member(pond))

    told = await result(pond, draw, host)

    assert (told["proof"], told["participants"]) == (None, [])
    assert draw.seed is not None
    facts = await pond.select("SELECT payload::text FROM outbox")
    assert not [row for row in facts if draw.seed.hex() in row[0]]
    assert draw.seed.hex() not in str(await pond.ask(SNAPSHOT, host, id=id_of(Kind.LIVE_ROOM, room.id)))


async def test_an_old_snapshot_and_the_events_are_a_new_snapshot(pond: Pond) -> None:
    draw, room, host = await a_draw(pond, named(2), conditions=EntryConditions(password="半亩"))
    room_id = id_of(Kind.LIVE_ROOM, room.id)
    mei = await a_member(pond)
    await resolvers.bullets.send(pond.context(mei), room.id, "半亩", None, BulletMode.SCROLL)
    steps: list[Callable[[], Awaitable[Any]]] = [
        lambda: entered(pond, draw, mei),
        lambda: resolvers.drawing.keep_going(pond.context()),
        lambda: resolvers.draws.close(pond.context(host), draw.id),
    ]

    for step in steps:
        await step()
        (shown,) = (await pond.ask(SNAPSHOT, id=room_id))["liveRoom"]["draws"]
        told = [payload["draw"] for kind, payload in await log_of(pond, room.id) if kind == EventKind.DRAW.value][-1]
        assert {name: told[name] for name in ("state", "version", "entrants", "title", "commitment")} == {
            name: shown["card"][name] for name in ("state", "version", "entrants", "title", "commitment")
        }
        assert [one["name"] for one in told["winners"]] == [one["name"] for one in shown["card"]["winners"]]


async def test_a_subscriber_gets_all_that_it_takes_to_show_a_draw_and_a_red_packet(pond: Pond) -> None:
    draw, room, host = await a_draw(pond, named(2))
    await entered(pond, draw, *await members(pond, 3))
    await resolvers.draws.close(pond.context(host), draw.id)
    await coins(pond, host, 88)
    offered = RedPacketTerms(Sponsor.SELF, Money(88, COIN), 8, "恭喜发财")
    await resolvers.red_packets.offer(pond.context(host), room.id, offered, "a key")
    document = f"""subscription($id: ID!) {{ liveRoomEvents(roomId: $id, after: 0, kinds: [DRAW, RED_PACKET]) {{
      ... on DrawChanged {{ draw {{ {CARD} }} }} ... on RedPacketChanged {{ redPacket {{ kind state total count }} }} }} }}"""
    for kind, payload in await log_of(pond, room.id):
        await pond.services.writer.post(room.id, EventKind(kind), payload)
    variables = {"id": id_of(Kind.LIVE_ROOM, room.id)}

    events = await the_schema().subscribe(document, variable_values=variables, context_value=pond.context())
    async with asyncio.timeout(5):
        heard = [(await anext(events)).data["liveRoomEvents"] for _ in range(4)]
    await events.aclose()

    (shown,) = (await pond.ask(SNAPSHOT, **variables))["liveRoom"]["draws"]
    assert [one["draw"]["state"] for one in heard[:3]] == ["OPEN", "CLOSED", "DRAWN"]
    assert heard[2]["draw"] == shown["card"]
    assert heard[3]["redPacket"] == {"kind": "COINS", "state": "WAITING", "total": 88, "count": 8}


async def test_many_entries_are_told_as_one(pond: Pond) -> None:
    draw, room, _ = await a_draw(pond)
    await entered(pond, draw, *await members(pond, 5))

    for _ in range(2):
        await resolvers.drawing.keep_going(pond.context())

    told = [payload["draw"] for kind, payload in await log_of(pond, room.id) if kind == EventKind.DRAW.value]
    assert [one["entrants"] for one in told] == [0, 5]


async def test_one_member_enters_once_however_often_they_tap(pond: Pond) -> None:
    draw, _, _ = await a_draw(pond)
    mei = await a_member(pond)

    answers = await asyncio.gather(*(pond.ask(ENTER, mei, id=key(draw)) for _ in range(64)))

    assert [one["drawEnter"]["userErrors"] for one in answers] == [[]] * 64
    assert [one["drawEnter"]["replayed"] for one in answers].count(False) == 1
    assert len(await pond.select("SELECT 1 FROM draw_entry")) == 1


async def test_the_host_insiders_and_who_was_shown_the_door_cannot_enter(pond: Pond) -> None:
    draw, room, host = await a_draw(pond)
    kicked = await a_member(pond)
    assert host.member_id is not None
    await pond.select(
        """INSERT INTO live_restriction (live_room_id, member_id, kind, reason, by_member_id, at)
           VALUES ($1, $2, 'KICK', '', $3, now())""",
        room.id,
        kicked.member_id,
        host.member_id,
    )

    for who in (host, await a_guide(pond), await staff(pond, Role.CONTENT), kicked):
        assert await pond.refused(ENTER, who, id=key(draw)) == [{"code": "FORBIDDEN"}]


async def test_conditions_let_in_who_meets_them(pond: Pond) -> None:
    asked = EntryConditions(bound_to_host=True, password="半亩花田")
    draw, room, host = await a_draw(pond, conditions=asked)
    mei = await a_member(pond)

    async def refused() -> list[Any]:
        return [error.get("condition") for error in await pond.refused(ENTER, mei, id=key(draw))]

    assert await refused() == ["BOUND_TO_HOST"]
    await bound(pond, mei, host)
    assert await refused() == ["PASSWORD"]
    pond.later(seconds=3)
    await resolvers.bullets.send(pond.context(mei), room.id, "半亩花开", None, BulletMode.SCROLL)
    assert await refused() == ["PASSWORD"]
    pond.later(seconds=3)
    await resolvers.bullets.send(pond.context(mei), room.id, "半亩花田", None, BulletMode.SCROLL)
    assert await refused() == []


@pytest.mark.parametrize("password", ["大混蛋", "www.taobao.com"])
async def test_a_password_is_something_that_members_may_say(pond: Pond, password: str) -> None:
    room, host = await a_room(pond)

    with pytest.raises(BulletRejected):
        await prepared(pond, host, room, conditions=EntryConditions(password=password))


async def test_a_password_from_before_the_opening_does_not_count(pond: Pond) -> None:
    room, host = await a_room(pond)
    mei = await a_member(pond)
    draft = await prepared(pond, host, room, conditions=EntryConditions(password="半亩"))
    sent, _ = await resolvers.bullets.send(pond.context(mei), room.id, "半亩", None, BulletMode.SCROLL)
    await resolvers.draws.open_(pond.context(host), draft.id)

    assert sent is not None
    assert await pond.refused(ENTER, mei, id=key(draft)) == [{"code": "CONDITION_NOT_MET", "condition": "PASSWORD"}]


async def test_who_watches_a_mirror_takes_part_in_what_it_shows(pond: Pond) -> None:
    draw, room, _ = await a_draw(pond, conditions=EntryConditions(bound_to_host=True))
    operator, guide, mei = await staff(pond, Role.OPERATOR), await a_guide(pond), await a_member(pond)
    mirror = await resolvers.live_mirrors.mirror(pond.context(operator), room.id, guide.guide_id, None)
    await bound(pond, mei, guide)

    (shown,) = (await pond.ask(SNAPSHOT, mei, id=id_of(Kind.LIVE_ROOM, mirror.id)))["liveRoom"]["draws"]
    assert shown["card"]["id"] == key(draw)
    assert await pond.refused(ENTER, mei, id=key(draw)) == []
    with pytest.raises(IsMirror):
        await prepared(pond, operator, mirror)


async def test_orders_and_guests_of_the_room_count(pond: Pond) -> None:
    ordered, _, _ = await a_draw(pond, conditions=EntryConditions(has_ordered=True))
    invited, room, _ = await a_draw(pond, conditions=EntryConditions(least_invited=2))
    mei = await a_member(pond)

    for draw, condition in ((ordered, "HAS_ORDERED"), (invited, "LEAST_INVITED")):
        assert await pond.refused(ENTER, mei, id=key(draw)) == [{"code": "CONDITION_NOT_MET", "condition": condition}]
    await pond.select(
        "INSERT INTO live_inviter (live_room_id, member_id, invites, invited_at) VALUES ($1, $2, 2, now())",
        room.id,
        mei.member_id,
    )
    assert await pond.refused(ENTER, mei, id=key(invited)) == []


async def test_nobody_enters_once_the_time_is_over_even_before_anybody_closes_it(pond: Pond) -> None:
    draw, _, _ = await a_draw(pond)
    pond.later(seconds=60)

    assert await pond.refused(ENTER, await a_member(pond), id=key(draw)) == [{"code": "INVALID_STATE"}]


async def test_64_workers_close_and_draw_once(pond: Pond) -> None:
    draw, room, _ = await a_draw(pond, of_coins(3, 10))
    await entered(pond, draw, *await members(pond, 6))
    pond.later(seconds=60)

    await asyncio.gather(*(resolvers.drawing.keep_going(pond.context()) for _ in range(64)))

    states = [payload["draw"]["state"] for kind, payload in await log_of(pond, room.id) if kind == EventKind.DRAW.value]
    assert [one for one in states if one != "OPEN"] == ["CLOSED", "DRAWN"]
    assert await pond.select("SELECT count(*), count(DISTINCT member_id) FROM draw_win") == [(3, 3)]
    assert await sum_of(pond, draw_pot(draw.id)) == 0


async def test_whoever_was_let_in_while_it_closed_is_in_the_list(pond: Pond) -> None:
    draw, _, host = await a_draw(pond, named(5))
    crowd = await members(pond, 40)

    async def enters(number: int, who: Principal) -> bool:
        await asyncio.sleep(number * 0.002)
        return (await pond.ask(ENTER, who, id=key(draw)))["drawEnter"]["entry"] is not None

    async def closes() -> None:
        await asyncio.sleep(0.04)
        await resolvers.draws.close(pond.context(host), draw.id)

    let_in = await asyncio.gather(closes(), *(enters(*one) for one in enumerate(crowd)))

    told = await result(pond, draw)
    kept = {row["member_id"] for row in await pond.select("SELECT member_id FROM draw_entry")}
    assert {who.member_id for who, is_in in zip(crowd, let_in[1:], strict=True) if is_in} == kept
    assert len(told["participants"]) == len(kept)
    assert (await resolvers.draws.draws_by_id(pond.context(), [draw.id]))[draw.id].card.entrants == len(kept)


async def test_an_entry_that_is_not_committed_yet_is_waited_for(pond: Pond) -> None:
    draw, _, host = await a_draw(pond)
    mei, lan = await members(pond, 2)
    assert mei.member_id is not None
    assert lan.member_id is not None
    async with pond.database.writing() as slow:
        assert await db.draw_entries.enter(slow, draw.id, mei.member_id, draw.room_id, pond.time)
        closing = asyncio.ensure_future(resolvers.draws.close(pond.context(host), draw.id))
        await asyncio.sleep(0.1)
        assert not closing.done()
    closed, _ = await closing

    assert (closed.card.entrants, closed.card.winner_count) == (1, 1)
    async with pond.database.writing() as late:
        assert not await db.draw_entries.enter(late, draw.id, lan.member_id, draw.id, pond.time)
        # Negative control: whoever looks first and inserts afterwards is in a list that was drawn without them.
        careless = "INSERT INTO draw_entry (draw_id, member_id, ticket, at) VALUES ($1, $2, $1, now())"
        await late._connection.execute(careless, draw.id, lan.member_id)
    assert len((await result(pond, draw))["participants"]) == 2 > closed.card.entrants


async def test_only_who_runs_the_room_runs_its_draws(pond: Pond) -> None:
    draw, room, host = await a_draw(pond)
    draft = await prepared(pond, host, room)
    stranger, manager = await a_guide(pond), await staff(pond, Role.STORE_MANAGER)

    for document in (OPEN, CLOSE, WITHDRAW):
        assert await pond.refused(document, stranger, id=key(draw)) == [{"code": "FORBIDDEN"}]
        assert await pond.refused(document, stranger, id=key(draft)) == [{"code": "NOT_FOUND"}]
    assert await pond.refused(CLOSE, manager, id=key(draw)) == []


async def test_entering_takes_the_same_few_statements_in_a_crowd(pond: Pond) -> None:
    draw, _, _ = await a_draw(pond)
    crowd = await members(pond, 6)

    async def count(who: Principal) -> int:
        with statements() as log:
            await pond.ask(ENTER, who, id=key(draw))
        return len(log)

    first = await count(crowd[0])
    await entered(pond, draw, *crowd[1:5])

    assert await count(crowd[5]) == first <= 7


async def test_a_draw_of_ten_thousand_takes_as_many_statements_as_one_of_ten(pond: Pond) -> None:
    async def count(entrants: int) -> int:
        draw, _, host = await a_draw(pond, named(100), of_coins(50, 1), kind=DrawKind.LUCKY_DRAW, countdown_s=None)
        await pond.select(
            """WITH crowd AS (INSERT INTO member (id, nickname, status, created_at)
                 SELECT gen_random_uuid(), '小' || n, 'ACTIVE', now() FROM generate_series(1, $2::int) AS n
                 RETURNING id)
               INSERT INTO draw_entry (draw_id, member_id, ticket, at)
               SELECT $1, id, gen_random_uuid(), now() FROM crowd""",
            draw.id,
            entrants,
        )
        with statements() as log:
            closed, _ = await resolvers.draws.close(pond.context(host), draw.id)
        assert (closed.card.entrants, closed.card.winner_count) == (entrants, min(entrants, 150))
        return len(log)

    assert await count(10) == await count(10_000) <= 24


async def test_a_room_shows_its_draws_in_one_statement(pond: Pond) -> None:
    draw, room, host = await a_draw(pond)
    await entered(pond, draw, *await members(pond, 3))
    room_id = id_of(Kind.LIVE_ROOM, room.id)

    async def count(document: str) -> int:
        with statements() as log:
            await pond.ask(document, id=room_id)
        return len(log)

    one = await count(SNAPSHOT)
    for _ in range(3):
        await resolvers.draws.open_(pond.context(host), (await prepared(pond, host, room)).id)

    assert await count(SNAPSHOT) == one == 1 + await count("query($id: ID!) { liveRoom(id: $id) { title } }")


async def test_the_database_itself_keeps_a_draw_to_one_result(pond: Pond) -> None:
    """Negative control of the two workers: one that neither waits nor looks again cannot hand out prizes once more."""
    draw, _, _ = await a_draw(pond, named(2))
    mei, lan = await members(pond, 2)
    await entered(pond, draw, mei, lan)
    await drawn(pond, draw)

    with pytest.raises(asyncpg.UniqueViolationError):
        async with pond.database.writing() as tx:
            entrants = await db.draw_entries.entrants_of(tx, draw.id, pond.time)
            won = rules.draw(draw, entrants).won
            await db.draw_wins.add(tx, [rules.win_of(pond.context().new_id(), draw, *one, pond.time) for one in won])


async def test_the_database_itself_keeps_a_seed_and_its_commitment_together(pond: Pond) -> None:
    draw, _, _ = await a_draw(pond)

    with pytest.raises(asyncpg.CheckViolationError):
        await pond.select("UPDATE draw SET seed = $2 WHERE id = $1", draw.id, bytes(32))
