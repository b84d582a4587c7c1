"""Red packets: paid for before they are seen, each packet grabbed by one member, and the rest returned once."""

from __future__ import annotations

import asyncio
from datetime import date
from random import Random
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

import db.ledger
import db.red_packets
import resolvers.red_packets
from domain.eligibility import EntryConditions
from domain.identity import Principal, Role
from domain.ledger import COINS_ISSUED, MARKETING, coin_wallet, red_packet_pot
from domain.money import CNY, COIN, Money
from domain.red_packets import RedPacket, RedPacketTerms
from domain.room_events import EventKind
from domain.sponsors import Sponsor
from schema.ids import Kind, id_of
from tests.makers_draws import a_red_packet, balance_of, sum_of
from tests.makers_guides import a_guide
from tests.makers_live import a_room, coins, log_of
from tests.makers_members import a_member, staff
from tests.pond import Pond, statements

OFFER = """mutation($input: RedPacketOfferInput!) { redPacketOffer(input: $input) {
  redPacket { id card { state total count } } replayed userErrors { code path } } }"""
GRAB = """mutation($id: ID!) { redPacketGrab(input: {redPacketId: $id}) { grab { amount } replayed
  userErrors { code message ... on OpensLater { opensAt } ... on ConditionUnmet { condition } } } }"""
CARD = "id kind state total count grabbed luckiest { name amount } opensAt expiresAt version sponsorName greeting"
SNAPSHOT = f"query($id: ID!) {{ liveRoom(id: $id) {{ redPackets {{ card {{ {CARD} }} }} }} }}"
RESULT = f"""query($id: ID!) {{ node(id: $id) {{ ... on RedPacket {{ card {{ {CARD} }}
  grabs(first: 50) {{ name amount }} myGrab {{ amount }} }} }} }}"""


def key(packet: RedPacket) -> str:
    return id_of(Kind.RED_PACKET, packet.id)


async def members(pond: Pond, many: int) -> list[Principal]:
    return [await a_member(pond, f"小{number}") for number in range(many)]


async def grab(pond: Pond, packet: RedPacket, who: Principal) -> dict[str, Any]:
    return dict((await pond.ask(GRAB, who, id=key(packet)))["redPacketGrab"])


async def codes(pond: Pond, packet: RedPacket, who: Principal) -> list[str]:
    return [error["code"] for error in (await grab(pond, packet, who))["userErrors"]]


async def goes_on(pond: Pond) -> int:
    """How many ended, though four workers are at it."""
    return sum(await asyncio.gather(*(resolvers.red_packets.keep_going(pond.context()) for _ in range(4))))


async def told(pond: Pond, packet: RedPacket) -> list[dict[str, Any]]:
    log = await log_of(pond, packet.room_id)
    return [payload["red_packet"] for kind, payload in log if kind == EventKind.RED_PACKET.value]


async def test_the_sum_is_paid_before_anybody_sees_it(pond: Pond) -> None:
    room, host = await a_room(pond)
    await coins(pond, host, 99)
    asked = {"liveRoomId": id_of(Kind.LIVE_ROOM, room.id), "total": 100, "count": 10, "idempotencyKey": "k"}

    (error,) = await pond.refused(OFFER, host, input=asked)
    kinds = [kind for kind, _ in await log_of(pond, room.id)]
    assert (error["code"], EventKind.RED_PACKET.value in kinds) == ("INSUFFICIENT_COINS", False)
    await coins(pond, host, 1)
    first, again = [(await pond.ask(OFFER, host, input=asked))["redPacketOffer"] for _ in range(2)]

    assert first["redPacket"]["card"] == {"state": "WAITING", "total": 100, "count": 10}
    assert (again["redPacket"]["id"], again["replayed"]) == (first["redPacket"]["id"], True)
    assert await balance_of(pond, host) == 0


async def test_what_is_grabbed_is_in_the_wallet(pond: Pond) -> None:
    packet, _, _ = await a_red_packet(pond, 100, 2)
    mei, lan = await members(pond, 2)

    got = [(await grab(pond, packet, who))["grab"]["amount"] for who in (mei, lan)]

    assert sum(got) == 100
    assert [await balance_of(pond, who) for who in (mei, lan)] == got
    assert await sum_of(pond, red_packet_pot(packet.id)) == 0


async def test_sixty_four_grab_ten_packets(pond: Pond) -> None:
    packet, _, _ = await a_red_packet(pond, 1_000, 10)
    crowd = await members(pond, 64)

    answers = await asyncio.gather(*(grab(pond, packet, who) for who in crowd))

    got = [answer["grab"]["amount"] for answer in answers if answer["grab"]]
    assert (len(got), sum(got)) == (10, 1_000)
    assert [e["code"] for answer in answers for e in answer["userErrors"]] == ["NONE_LEFT"] * 54
    assert sum([await balance_of(pond, who) for who in crowd]) == 1_000


async def test_who_looks_first_and_takes_afterwards_takes_what_others_took(pond: Pond) -> None:
    """Negative control: what a grab without its conditional update comes to."""
    await a_red_packet(pond, 1_000, 10)
    crowd = await members(pond, 10)

    async def careless(who: Principal) -> int:
        async with pond.database.writing() as tx:
            look = "SELECT position, amount_minor FROM red_packet_share WHERE member_id IS NULL ORDER BY 1 LIMIT 1"
            (free,) = await tx._connection.fetch(look)
            await asyncio.sleep(0.02)
            take = "UPDATE red_packet_share SET member_id = $1, grabbed_at = now() WHERE position = $2"
            await tx._connection.execute(take, who.member_id, free["position"])
            return int(free["amount_minor"])

    paid = await asyncio.gather(*(careless(who) for who in crowd))

    taken = await pond.select("SELECT sum(amount_minor) FROM red_packet_share WHERE member_id IS NOT NULL")
    assert sum(paid) > taken[0][0]


async def test_one_member_with_sixty_four_fingers_gets_one_packet(pond: Pond) -> None:
    packet, _, _ = await a_red_packet(pond, 1_000, 10)
    mei = await a_member(pond)

    answers = await asyncio.gather(*(grab(pond, packet, mei) for _ in range(64)))

    assert len({answer["grab"]["amount"] for answer in answers}) == 1
    assert [answer["replayed"] for answer in answers].count(False) == 1
    assert await balance_of(pond, mei) == answers[0]["grab"]["amount"]


async def test_a_greedy_member_takes_the_last_packet_from_nobody(pond: Pond) -> None:
    packet, _, _ = await a_red_packet(pond, 1_000, 10)
    greedy, *others = await members(pond, 10)

    answers = await asyncio.gather(*(grab(pond, packet, who) for who in [*[greedy] * 32, *others]))

    assert [answer["userErrors"] for answer in answers] == [[]] * 41
    assert await sum_of(pond, red_packet_pot(packet.id)) == 0


async def test_five_hundred_members_empty_it_to_the_last_coin(pond: Pond) -> None:
    packet, _, _ = await a_red_packet(pond, 5_000, 100)
    crowd = await members(pond, 500)
    async with asyncio.timeout(20):
        answers = await asyncio.gather(*(grab(pond, packet, who) for who in crowd))

    got = [answer["grab"]["amount"] for answer in answers if answer["grab"]]
    assert (len(got), sum(got)) == (100, 5_000)
    assert await goes_on(pond) == 1
    assert (await told(pond, packet))[-1]["state"] == "GONE"


async def test_the_database_itself_gives_nobody_two_packets(pond: Pond) -> None:
    packet, _, _ = await a_red_packet(pond)
    mei = await a_member(pond)
    await grab(pond, packet, mei)

    with pytest.raises(asyncpg.UniqueViolationError):
        await pond.select(
            "UPDATE red_packet_share SET member_id = $1, grabbed_at = now() WHERE position = 5", mei.member_id
        )


async def test_the_rest_returns_once_with_any_number_of_workers(pond: Pond) -> None:
    packet, _, host = await a_red_packet(pond, 100, 10, lasts_minutes=60)
    got = (await grab(pond, packet, await a_member(pond)))["grab"]["amount"]
    pond.later(minutes=60)

    ended = [await goes_on(pond) for _ in range(2)]

    assert ended == [1, 0]
    assert await balance_of(pond, host) == 100 - got
    assert await sum_of(pond, red_packet_pot(packet.id)) == 0
    assert await codes(pond, packet, await a_member(pond)) == ["INVALID_STATE"]


@pytest.mark.parametrize("state", ["ENDED", "BANNED"])
async def test_a_room_that_is_over_returns_what_is_left(pond: Pond, state: str) -> None:
    packet, room, host = await a_red_packet(pond, 100, 10)
    await pond.select("UPDATE live_room SET state = $2 WHERE id = $1", room.id, state)

    assert await goes_on(pond) == 1
    assert (await balance_of(pond, host), await sum_of(pond, red_packet_pot(packet.id))) == (100, 0)


async def test_a_grab_under_way_is_not_returned_as_well(pond: Pond) -> None:
    packet, _, host = await a_red_packet(pond, 100, 10, lasts_minutes=1)
    mei = await a_member(pond)
    assert mei.member_id is not None
    ctx = pond.context(mei)
    async with pond.database.writing() as slow:
        taken = await db.red_packets.take(slow, packet.id, mei.member_id, pond.time)
        assert taken is not None
        await resolvers.red_packets._pay(ctx, slow, packet, Money(taken, COIN))
        pond.later(minutes=1)
        ending = asyncio.ensure_future(resolvers.red_packets.keep_going(pond.context()))
        await asyncio.sleep(0.1)
        assert not ending.done()
    assert await ending == 1

    assert (await balance_of(pond, mei), await balance_of(pond, host)) == (taken, 100 - taken)
    assert (await told(pond, packet))[-1]["grabbed"] == 1


async def test_who_grabs_while_a_packet_of_their_own_ends_is_paid_and_gets_the_rest_back(pond: Pond) -> None:
    """What ends holds no wallet while it waits for a grab, which waits for a wallet."""
    own, _, host = await a_red_packet(pond, 100, 10, lasts_minutes=1)
    other, _, _ = await a_red_packet(pond, 100, 10, lasts_minutes=1)
    assert host.member_id is not None
    async with pond.database.writing() as slow:
        taken = await db.red_packets.take(slow, other.id, host.member_id, pond.time)
        assert taken is not None
        pond.later(minutes=1)
        ending = asyncio.ensure_future(resolvers.red_packets.keep_going(pond.context()))
        await asyncio.sleep(0.1)
        await resolvers.red_packets._pay(pond.context(host), slow, other, Money(taken, COIN))
    assert await ending == 2

    assert await balance_of(pond, host) == 100 + taken
    assert [await sum_of(pond, red_packet_pot(one.id)) for one in (own, other)] == [0, 0]


async def test_it_opens_when_its_countdown_is_over(pond: Pond) -> None:
    packet, _, _ = await a_red_packet(pond, countdown_minutes=5)
    mei = await a_member(pond)

    (error,) = (await grab(pond, packet, mei))["userErrors"]
    assert (error["code"], error["opensAt"]) == ("NOT_OPEN_YET", "2026-11-22T04:05:00Z")
    pond.later(minutes=5)
    assert await codes(pond, packet, mei) == []
    await goes_on(pond)
    assert [one["state"] for one in await told(pond, packet)] == ["WAITING", "OPEN"]


async def test_many_grabs_are_told_as_one_and_the_luckiest_in_the_end(pond: Pond) -> None:
    packet, room, _ = await a_red_packet(pond, 100, 4)
    crowd = await members(pond, 4)
    for who in crowd[:3]:
        await grab(pond, packet, who)
    await goes_on(pond)
    await goes_on(pond)
    await grab(pond, packet, crowd[3])
    await goes_on(pond)

    heard = await told(pond, packet)
    assert [(one["state"], one["grabbed"]) for one in heard] == [("OPEN", 0), ("OPEN", 3), ("GONE", 4)]
    assert heard[1]["luckiest"] is None
    shown = (await pond.ask(RESULT, crowd[0], id=key(packet)))["node"]
    assert (
        shown["card"]["luckiest"]
        == shown["grabs"][0]
        == {"name": "小**", "amount": heard[2]["luckiest"]["amount"]["minor"]}
    )
    assert sorted((one["amount"] for one in shown["grabs"]), reverse=True) == [one["amount"] for one in shown["grabs"]]
    assert shown["myGrab"]["amount"] == await balance_of(pond, crowd[0])
    (snapshot,) = (await pond.ask(SNAPSHOT, id=id_of(Kind.LIVE_ROOM, room.id)))["liveRoom"]["redPackets"]
    assert (snapshot["card"]["version"], snapshot["card"]["grabbed"]) == (heard[2]["version"], 4)


async def test_the_host_the_sponsor_and_who_was_shown_the_door_get_nothing(pond: Pond) -> None:
    operator = await staff(pond, Role.OPERATOR)
    packet, room, host = await a_red_packet(pond, offerer=operator, sponsor=Sponsor.BRAND)
    kicked = await a_member(pond)
    await pond.select(
        """INSERT INTO live_restriction (live_room_id, member_id, kind, reason, by_member_id, at)
           VALUES ($1, $2, 'KICK', '', $3, now())""",
        room.id,
        kicked.member_id,
        host.member_id,
    )

    assert [await codes(pond, packet, who) for who in (host, operator, kicked)] == [["FORBIDDEN"]] * 3


async def test_conditions_hold_for_red_packets_too(pond: Pond) -> None:
    packet, _, _ = await a_red_packet(pond, conditions=EntryConditions(has_ordered=True))

    (error,) = (await grab(pond, packet, await a_member(pond)))["userErrors"]

    assert (error["code"], error["condition"]) == ("CONDITION_NOT_MET", "HAS_ORDERED")


async def test_the_brand_gives_money_and_not_to_minors(pond: Pond) -> None:
    operator = await staff(pond, Role.OPERATOR)
    packet, _, _ = await a_red_packet(pond, 100, 2, offerer=operator, sponsor=Sponsor.BRAND, currency=CNY)
    mei, child = await members(pond, 2)
    await pond.select("UPDATE member SET birthday = $2 WHERE id = $1", child.member_id, date(2010, 1, 1))

    got = (await grab(pond, packet, mei))["grab"]["amount"]

    assert await codes(pond, packet, child) == ["NOT_OF_AGE"]
    me = "{ me { cashBalance { minor } coinBalance } }"
    assert await pond.ask(me, mei) == {"me": {"cashBalance": {"minor": got}, "coinBalance": 0}}
    pond.later(days=1)
    await goes_on(pond)
    assert (await sum_of(pond, MARKETING), await sum_of(pond, red_packet_pot(packet.id))) == (-got, 0)


async def test_only_who_runs_the_room_offers_and_only_bookkeepers_what_is_the_brands(pond: Pond) -> None:
    room, host = await a_room(pond)
    stranger = await a_guide(pond)
    await coins(pond, stranger, 100)
    asked = {"liveRoomId": id_of(Kind.LIVE_ROOM, room.id), "total": 100, "count": 10, "idempotencyKey": uuid4().hex}

    for who, other in ((stranger, {}), (host, {"sponsor": "BRAND"}), (host, {"kind": "CASH"})):
        (error,) = await pond.refused(OFFER, who, input=asked | other)
        assert error["code"] == "FORBIDDEN"


async def test_grabbing_takes_few_statements(pond: Pond) -> None:
    packet, _, _ = await a_red_packet(pond, 1_000, 100)
    crowd = await members(pond, 6)

    async def count(who: Principal) -> int:
        with statements() as log:
            await grab(pond, packet, who)
        return len(log)

    first = await count(crowd[0])
    for who in crowd[1:5]:
        await grab(pond, packet, who)

    assert await count(crowd[5]) == first <= 10
    assert await count(crowd[5]) <= 3, "again is the same, and cheap"


async def test_whatever_happens_the_books_balance(pond: Pond) -> None:
    """A seeded run of offers, grabs, time and ends: no coin is made or lost, and no pot holds what it should not."""
    chance = Random(29)
    crowd = await members(pond, 8)
    packets = [(await a_red_packet(pond, chance.randint(10, 200), chance.randint(1, 8)))[0] for _ in range(4)]
    hosts: set[Any] = set()
    for packet in packets:
        hosts.add(packet.sponsor_id)

    for _ in range(12):
        grabs = [grab(pond, chance.choice(packets), chance.choice(crowd)) for _ in range(chance.randint(1, 8))]
        work = [resolvers.red_packets.keep_going(pond.context()) for _ in range(chance.randint(0, 2))]
        await asyncio.gather(*grabs, *work)
        pond.later(minutes=chance.choice([0, 1, 200]))
    pond.later(days=2)
    await goes_on(pond)

    wallets = [coin_wallet(one) for one in [*hosts, *(who.member_id for who in crowd if who.member_id)]]
    balances = await db.ledger.balances_of(pond.database.reading(), wallets)
    assert sum(balances.values()) == -await sum_of(pond, COINS_ISSUED) == sum(p.card.total.minor for p in packets)
    assert [await sum_of(pond, red_packet_pot(packet.id)) for packet in packets] == [0] * 4
    for packet in packets:
        rows = await pond.select("SELECT member_id, returned FROM red_packet_share WHERE red_packet_id = $1", packet.id)
        assert all((row["member_id"] is None) == row["returned"] for row in rows)


async def test_a_room_shows_its_red_packets_in_one_statement(pond: Pond) -> None:
    _, room, host = await a_red_packet(pond)
    room_id = id_of(Kind.LIVE_ROOM, room.id)
    await coins(pond, host, 100)

    async def count(document: str) -> int:
        with statements() as log:
            await pond.ask(document, id=room_id)
        return len(log)

    one = await count(SNAPSHOT)
    for _ in range(3):
        terms = RedPacketTerms(Sponsor.SELF, Money(10, COIN), 2, "恭喜发财")
        await resolvers.red_packets.offer(pond.context(host), room.id, terms, uuid4().hex)

    assert await count(SNAPSHOT) == one == 1 + await count("query($id: ID!) { liveRoom(id: $id) { title } }")
