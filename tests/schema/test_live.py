"""Live rooms: one tap to start, a shelf that sells, words that fly."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

import db.stock
import resolvers.live
import resolvers.products
from domain.catalogue import ProductVisibility
from domain.identity import Principal, Role
from domain.live import ShelfItem
from domain.money import Money
from domain.promotions.stages import Stage
from domain.room_events import EventKind, LiveRoomState
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_product, a_variant, variants_of
from tests.makers_guides import a_guide
from tests.makers_live import a_room, an_item, log_of
from tests.makers_members import a_member, staff
from tests.makers_promotions import a_promotion
from tests.pond import Pond, statements, the_schema

START = """mutation ($input: LiveRoomStartInput!) { liveRoomStart(input: $input) {
  liveRoom { id state host { name storeName } shelf { liveStock livePrice { minor } state } } replayed
  userErrors { code path } } }"""
MOVE = """mutation ($id: ID!, $to: LiveRoomState!) { liveRoomMove(input: {liveRoomId: $id, toState: $to}) {
  liveRoom { state shelf { liveStock } } userErrors { code } } }"""
PIN = """mutation ($id: ID!) { liveProductPin(input: {liveProductId: $id}) {
  liveProduct { state } userErrors { code } } }"""
SEND = """mutation ($room: ID!, $text: String!) { bulletCommentSend(input: {liveRoomId: $room, text: $text}) {
  comment { id text senderName } seq warnings { code } userErrors { code ... on RateLimited { retryAfterSeconds } } } }"""
SNAPSHOT = """query ($id: ID!) { liveRoom(id: $id) {
  id title state seq viewerCount host { name storeName }
  pinned { name liveStock } shelf { id name livePrice { amount } liveStock sold state }
  recentBulletComments(last: 20) { id text senderName } } }"""


def room_id(room: Any) -> str:
    return id_of(Kind.LIVE_ROOM, room.id)


def started(*items: ShelfItem, key: str = "") -> dict[str, Any]:
    shelf = [
        {
            "variantId": id_of(Kind.VARIANT, item.variant_id),
            "livePrice": {"minor": item.live_price.minor},
            "liveStock": item.live_stock,
            "limitPerMember": item.limit_per_member,
        }
        for item in items
    ]
    return {"title": "秋冬上新", "shelf": shelf, "idempotencyKey": key or uuid4().hex}


async def shelf_of(pond: Pond, room: Any) -> list[Any]:
    return list((await pond.ask(SNAPSHOT, id=room_id(room)))["liveRoom"]["shelf"])


async def test_a_guide_goes_live_with_one_tap(pond: Pond) -> None:
    guide, item = await a_guide(pond), await an_item(pond, price=88_00, stock=6)

    data = await pond.ask(START, guide, input=started(item))

    room = data["liveRoomStart"]["liveRoom"]
    assert room["state"] == "LIVE"
    assert room["shelf"] == [{"liveStock": 6, "livePrice": {"minor": 88_00}, "state": "ON_SHELF"}]
    level = (await db.stock.levels_of(pond.context().reading, [item.variant_id]))[item.variant_id]
    assert (level.sellable, level.carved) == (0, 6)


async def test_the_same_tap_again_is_the_same_room(pond: Pond) -> None:
    guide = await a_guide(pond)

    first = (await pond.ask(START, guide, input=started(key="tap")))["liveRoomStart"]
    again = (await pond.ask(START, guide, input=started(key="tap")))["liveRoomStart"]

    assert (again["liveRoom"]["id"], again["replayed"]) == (first["liveRoom"]["id"], True)


async def test_a_guide_has_one_live_room_however_many_taps(pond: Pond) -> None:
    guide = await a_guide(pond)

    answers = await asyncio.gather(*(pond.ask(START, guide, input=started()) for _ in range(8)))

    payloads = [answer["liveRoomStart"] for answer in answers]
    assert [payload["userErrors"] for payload in payloads] == [[]] * 8
    assert len({payload["liveRoom"]["id"] for payload in payloads}) == 1
    assert sorted(payload["replayed"] for payload in payloads) == [False] + [True] * 7


async def test_a_member_who_is_no_guide_cannot_go_live(pond: Pond) -> None:
    assert await pond.errors(START, await a_member(pond), input=started()) == ["FORBIDDEN"]


@pytest.mark.parametrize("cover", ["javascript:alert(1)", "", "cover.jpg", "https://a.example/" + "x" * 1_000])
async def test_the_cover_of_a_room_is_a_link(pond: Pond, cover: str) -> None:
    guide = await a_guide(pond)
    later = {"title": "秋冬上新", "coverUrl": cover, "scheduledAt": "2030-01-01T00:00:00Z"}
    schedule = (
        "mutation ($input: LiveRoomScheduleInput!) { liveRoomSchedule(input: $input) { userErrors { code path } } }"
    )

    refused = [{"code": "BAD_USER_INPUT", "path": ["input", "coverUrl"]}]
    assert await pond.refused(START, guide, input=started() | {"coverUrl": cover}) == refused
    assert await pond.refused(schedule, guide, input=later) == refused
    assert await pond.refused(schedule, guide, input=later | {"coverUrl": "/media/cover.jpg"}) == []


async def test_a_room_cannot_set_aside_more_than_the_shop_has(pond: Pond) -> None:
    variant = await a_variant(pond, stock=3)
    wanted = started(ShelfItem(variant.id, variant.price, 4))

    (error,) = await pond.refused(START, await a_guide(pond), input=wanted)

    assert error["code"] == "INSUFFICIENT_STOCK"
    assert await pond.select("SELECT 1 FROM live_room") == []


async def test_an_ended_room_gives_the_rest_back_to_the_shop(pond: Pond) -> None:
    item = await an_item(pond, stock=6)
    room, host = await a_room(pond, None, item)

    data = await pond.ask(MOVE, host, id=room_id(room), to="ENDED")

    assert data["liveRoomMove"]["liveRoom"]["state"] == "ENDED"
    level = (await db.stock.levels_of(pond.context().reading, [item.variant_id]))[item.variant_id]
    assert (level.sellable, level.carved) == (6, 0)
    assert (await pond.ask(MOVE, host, id=room_id(room), to="LIVE"))["liveRoomMove"]["userErrors"] == [
        {"code": "INVALID_STATE"}
    ]


async def test_only_who_runs_a_room_moves_it(pond: Pond) -> None:
    room, _ = await a_room(pond)
    stranger, manager = await a_guide(pond), await staff(pond, Role.STORE_MANAGER)

    assert await pond.refused(MOVE, stranger, id=room_id(room), to="PAUSED") == [{"code": "FORBIDDEN"}]
    assert await pond.refused(MOVE, manager, id=room_id(room), to="PAUSED") == []


async def test_a_scheduled_room_that_never_started_expires(pond: Pond) -> None:
    guide = await a_guide(pond)
    ctx = pond.context(guide)
    room = await resolvers.live.schedule(ctx, "周末见", None, pond.time.replace(hour=6))

    pond.later(hours=13)
    early = await resolvers.live.expire_late(pond.context())
    pond.later(hours=2)

    assert (early, await resolvers.live.expire_late(pond.context())) == (0, 1)
    found = await resolvers.live.room(ctx, room.id)
    assert found is not None
    assert found.state is LiveRoomState.EXPIRED


async def test_explaining_another_product_puts_the_first_one_back(pond: Pond) -> None:
    room, host = await a_room(pond, None, await an_item(pond), await an_item(pond))
    first, second = (one["id"] for one in await shelf_of(pond, room))

    for one in (first, second):
        await pond.ask(PIN, host, id=one)

    assert [one["state"] for one in await shelf_of(pond, room)] == ["ON_SHELF", "EXPLAINING"]
    pins = [payload["live_product"] for kind, payload in await log_of(pond, room.id) if kind == EventKind.PIN.value]
    assert [id_of(Kind.LIVE_PRODUCT, UUID(hex=pin["live_product_id"])) for pin in pins] == [first, second]


async def test_many_hands_pin_at_once_and_one_product_is_explained(pond: Pond) -> None:
    room, host = await a_room(pond, None, *[await an_item(pond) for _ in range(4)])
    ids = [one["id"] for one in await shelf_of(pond, room)]

    await asyncio.gather(*(pond.ask(PIN, host, id=one) for one in ids * 3))

    assert [one["state"] for one in await shelf_of(pond, room)].count("EXPLAINING") == 1


async def test_a_bullet_comment_is_stored_before_its_sender_hears(pond: Pond) -> None:
    room, _ = await a_room(pond)
    member = await a_member(pond, "小美")

    sent = (await pond.ask(SEND, member, room=room_id(room), text="好看!"))["bulletCommentSend"]

    snapshot = (await pond.ask(SNAPSHOT, id=room_id(room)))["liveRoom"]
    assert sent["comment"]["senderName"] == "小美"
    assert snapshot["seq"] == sent["seq"]
    assert [c["text"] for c in snapshot["recentBulletComments"]] == ["好看!"]


async def test_a_fourth_bullet_at_once_must_wait(pond: Pond) -> None:
    room, _ = await a_room(pond)
    member = await a_member(pond)

    answers = [
        (await pond.ask(SEND, member, room=room_id(room), text=f"第{i}条"))["bulletCommentSend"]["userErrors"]
        for i in range(4)
    ]

    assert answers[:3] == [[], [], []]
    assert answers[3][0]["code"] == "RATE_LIMITED"
    assert answers[3][0]["retryAfterSeconds"] == 2


async def test_bullets_of_one_room_are_numbered_without_a_gap(pond: Pond) -> None:
    room, _ = await a_room(pond)
    members = [await a_member(pond) for _ in range(40)]

    answers = await asyncio.gather(*(pond.ask(SEND, m, room=room_id(room), text="合影") for m in members))

    assert sorted(a["bulletCommentSend"]["seq"] for a in answers) == list(range(1, 41))


async def test_forbidden_words_do_not_fly(pond: Pond) -> None:
    room, _ = await a_room(pond)

    sent = (await pond.ask(SEND, await a_member(pond), room=room_id(room), text="真 fuck"))["bulletCommentSend"]
    refused = await pond.refused(SEND, await a_member(pond), room=room_id(room), text="代开发票")

    assert "fuck" not in sent["comment"]["text"]
    assert sent["warnings"] == [{"code": "TEXT_MASKED"}]
    assert refused[0]["code"] == "CONTENT_REJECTED"


async def test_a_closed_room_hears_nothing(pond: Pond) -> None:
    room, host = await a_room(pond)
    await pond.ask(MOVE, host, id=room_id(room), to="ENDED")

    (error,) = await pond.refused(SEND, await a_member(pond), room=room_id(room), text="在吗")

    assert error["code"] == "INVALID_STATE"


async def test_a_comment_that_is_taken_back_is_in_no_replay(pond: Pond) -> None:
    room, host = await a_room(pond)
    member = await a_member(pond)
    seq = (await pond.ask(SEND, member, room=room_id(room), text="说错了"))["bulletCommentSend"]["seq"]
    remove = """mutation ($room: ID!, $seq: Long!) {
      bulletCommentRemove(input: {liveRoomId: $room, seq: $seq}) { commentId userErrors { code } } }"""

    by_another = await pond.refused(remove, await a_member(pond), room=room_id(room), seq=seq)
    by_host = await pond.ask(remove, host, room=room_id(room), seq=seq)
    again = await pond.refused(remove, host, room=room_id(room), seq=seq)

    assert by_another == [{"code": "FORBIDDEN"}]
    assert by_host["bulletCommentRemove"]["commentId"]
    assert again == [{"code": "NOT_FOUND"}]
    page = await pond.ask(
        """query ($id: ID!) { liveRoomEventsSince(roomId: $id, after: 0) {
             events { seq ... on BulletCommentPosted { comment { text removed } } } } }""",
        id=room_id(room),
    )
    assert page["liveRoomEventsSince"]["events"] == [{"seq": seq, "comment": {"text": "", "removed": True}}]


async def test_a_limit_per_member_holds_whatever_comes_at_once(pond: Pond) -> None:
    item = await an_item(pond, stock=100, limit=2)
    room, _ = await a_room(pond, None, item)
    member, processes = await a_member(pond), [pond, Pond(pond.database)]
    place = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } userErrors { code } } }"""

    def wanted() -> dict[str, Any]:
        return {
            "lines": [{"variantId": id_of(Kind.VARIANT, item.variant_id), "quantity": 1}],
            "liveRoomId": room_id(room),
            "idempotencyKey": uuid4().hex,
        }

    answers = await asyncio.gather(*(processes[n % 2].ask(place, member, input=wanted()) for n in range(64)))

    codes = [e["code"] for answer in answers for e in answer["orderPlace"]["userErrors"]]
    assert codes == ["LIMIT_PER_MEMBER"] * 62
    assert [one["liveStock"] for one in await shelf_of(pond, room)] == [98]


async def test_a_limit_per_member_is_that_of_the_product_whatever_others_bought(pond: Pond) -> None:
    items = [await an_item(pond, stock=10, limit=limit) for limit in (1, 3)]
    room, _ = await a_room(pond, None, *items)
    place = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } userErrors { code } } }"""

    async def codes_of(member: Principal, item: ShelfItem) -> list[str]:
        line = {"variantId": id_of(Kind.VARIANT, item.variant_id), "quantity": 1}
        wanted = {"lines": [line], "liveRoomId": room_id(room), "idempotencyKey": uuid4().hex}
        return [error["code"] for error in await pond.refused(place, member, input=wanted)]

    for member in [await a_member(pond) for _ in range(2)]:
        assert [await codes_of(member, items[0]) for _ in range(2)] == [[], ["LIMIT_PER_MEMBER"]]
        assert [await codes_of(member, items[1]) for _ in range(4)] == [[], [], [], ["LIMIT_PER_MEMBER"]]


@pytest.mark.parametrize(
    ("limit", "code"),
    [pytest.param(None, "INSUFFICIENT_STOCK", id="stock"), pytest.param(3, "LIMIT_PER_MEMBER", id="limit")],
)
async def test_two_lines_of_one_live_product_count_together(pond: Pond, limit: int | None, code: str) -> None:
    """The same variant twice: as itself, and as what may be added to the order."""
    item, mei = await an_item(pond, stock=3 if limit is None else 50, limit=limit), await a_member(pond)
    item = replace(item, goes_with=frozenset({Stage.ITEM_SET}))
    room, _ = await a_room(pond, None, item)
    variant_id = id_of(Kind.VARIANT, item.variant_id)
    offers = [{"variantId": variant_id, "price": {"minor": 1_00}}]
    add_on = await a_promotion(pond, {"addOn": {"threshold": {"minor": 1}, "most": 9, "offers": offers}})
    place = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } userErrors { code } } }"""

    async def codes_of(itself: int, beside: int) -> list[str]:
        lines = [
            {"variantId": variant_id, "quantity": itself},
            {"variantId": variant_id, "quantity": beside, "addOnOf": add_on},
        ]
        wanted = {"lines": lines, "liveRoomId": room_id(room), "idempotencyKey": uuid4().hex}
        return [error["code"] for error in await pond.refused(place, mei, input=wanted)]

    assert await codes_of(2, 2) == [code, code]
    assert await codes_of(2, 1) == []
    assert [one["liveStock"] for one in await shelf_of(pond, room)] == [0 if limit is None else 47]


async def test_an_add_on_is_the_shops_while_the_shelf_goes_with_no_sets(pond: Pond) -> None:
    tea, variant = await a_variant(pond), await a_variant(pond, stock=5)
    room, _ = await a_room(pond, None, ShelfItem(variant.id, Money(99_00), 3))
    cup = id_of(Kind.VARIANT, variant.id)
    offers = [{"variantId": cup, "price": {"minor": 1_00}}]
    add_on = await a_promotion(pond, {"addOn": {"threshold": {"minor": 1}, "offers": offers}})
    lines = [
        {"variantId": id_of(Kind.VARIANT, tea.id), "quantity": 1},
        {"variantId": cup, "quantity": 1},
        {"variantId": cup, "quantity": 1, "addOnOf": add_on},
    ]
    wanted = {"lines": lines, "liveRoomId": room_id(room), "idempotencyKey": uuid4().hex}
    place = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
      order { lines { payable { minor } } } userErrors { code path } } }"""

    placed = (await pond.ask(place, await a_member(pond), input=wanted))["orderPlace"]

    assert placed["userErrors"] == []
    assert [one["payable"]["minor"] for one in placed["order"]["lines"]] == [199_00, 99_00, 1_00]
    assert [one["liveStock"] for one in await shelf_of(pond, room)] == [2]
    assert (await db.stock.levels_of(pond.database.reading(), [variant.id]))[variant.id].sellable == 1


async def test_a_subscriber_of_the_schema_sees_what_happens_after_its_snapshot(pond: Pond) -> None:
    room, _ = await a_room(pond)
    member = await a_member(pond, "小美")
    events = await the_schema().subscribe(
        "subscription ($id: ID!) { bulletComments(roomId: $id, after: 0) { seq kind comment { text senderName } } }",
        variable_values={"id": room_id(room)},
        context_value=pond.context(),
    )

    await pond.ask(SEND, member, room=room_id(room), text="来了")
    event = await asyncio.wait_for(anext(events), timeout=5)
    await events.aclose()

    assert event.data["bulletComments"]["comment"] == {"text": "来了", "senderName": "小美"}


async def test_a_snapshot_takes_four_statements(pond: Pond) -> None:
    room, _ = await a_room(pond, None, await an_item(pond), await an_item(pond))

    with statements() as log:
        await pond.ask(SNAPSHOT, id=room_id(room))

    assert len(log) == 4


@pytest.mark.parametrize("unknown", ["liv_" + "0" * 32, "prd_" + "0" * 32, "1 OR 1=1", "", "liv_" + "é" * 32])
async def test_an_unknown_room_is_not_found_by_any_way(pond: Pond, unknown: str) -> None:
    member = await a_member(pond)

    assert (await pond.ask(SNAPSHOT, id=unknown))["liveRoom"] is None
    assert await pond.errors(
        "query ($id: ID!) { liveRoomEventsSince(roomId: $id, after: 0) { nextAfter } }", id=unknown
    ) == ["NOT_FOUND"]
    assert (await pond.refused(SEND, member, room=unknown, text="在吗"))[0]["code"] == "NOT_FOUND"


async def test_a_product_for_members_cannot_stand_on_an_open_shelf(pond: Pond) -> None:
    (variant,) = await variants_of(pond, await a_product(pond, visibility=ProductVisibility.MEMBERS))

    (error,) = await pond.refused(START, await a_guide(pond), input=started(ShelfItem(variant.id, variant.price, 1)))

    assert (error["code"], error["path"]) == ("INVALID_STATE", ["input", "variantId"])


async def test_a_product_that_is_withdrawn_leaves_every_shelf(pond: Pond) -> None:
    product = await a_product(pond)
    (variant,) = await variants_of(pond, product)
    room, _ = await a_room(pond, None, ShelfItem(variant.id, variant.price, 1))
    (live_product,) = await shelf_of(pond, room)

    await resolvers.products.archive(pond.context(), product.id)

    assert await shelf_of(pond, room) == []
    assert (await pond.ask("query ($id: ID!) { node(id: $id) { id } }", id=live_product["id"]))["node"] is None


async def test_nothing_is_explained_in_a_room_that_is_over(pond: Pond) -> None:
    room, host = await a_room(pond, None, await an_item(pond))
    (live_product,) = await shelf_of(pond, room)
    await pond.ask(MOVE, host, id=room_id(room), to="ENDED")

    assert await pond.refused(PIN, host, id=live_product["id"]) == [{"code": "INVALID_STATE"}]


@pytest.mark.parametrize("to", ["BANNED", "EXPIRED", "DRAFT", "SCHEDULED"])
async def test_nobody_brings_a_room_by_hand_where_only_the_clock_or_the_law_does(pond: Pond, to: str) -> None:
    room, host = await a_room(pond)

    assert await pond.refused(MOVE, host, id=room_id(room), to=to) == [{"code": "BAD_USER_INPUT"}]


async def test_the_same_tap_at_another_price_is_another_request(pond: Pond) -> None:
    guide, item = await a_guide(pond), await an_item(pond, price=99_00)
    await pond.ask(START, guide, input=started(item, key="tap"))

    (error,) = await pond.refused(START, guide, input=started(replace(item, live_price=Money(1)), key="tap"))

    assert error["code"] == "IDEMPOTENCY_KEY_REUSED"


SINCE = """query ($id: ID!, $after: Long!, $first: Int!) {
  liveRoomEventsSince(roomId: $id, after: $after, first: $first) {
    events { seq } nextAfter nextPollMs resyncRequired } }"""


async def test_a_client_without_a_socket_reads_page_after_page(pond: Pond) -> None:
    room, _ = await a_room(pond)
    for i in range(3):
        await pond.ask(SEND, await a_member(pond), room=room_id(room), text=f"{i}")

    first = (await pond.ask(SINCE, id=room_id(room), after=0, first=2))["liveRoomEventsSince"]
    rest = (await pond.ask(SINCE, id=room_id(room), after=2, first=2))["liveRoomEventsSince"]

    assert first == {"events": [{"seq": 1}, {"seq": 2}], "nextAfter": 2, "nextPollMs": 0, "resyncRequired": False}
    assert rest == {"events": [{"seq": 3}], "nextAfter": 3, "nextPollMs": 1000, "resyncRequired": False}


async def test_a_cursor_of_another_room_or_of_a_trimmed_log_asks_for_the_snapshot(pond: Pond) -> None:
    room, _ = await a_room(pond)
    for i in range(2):
        await pond.ask(SEND, await a_member(pond), room=room_id(room), text=f"{i}")

    ahead = (await pond.ask(SINCE, id=room_id(room), after=9, first=2))["liveRoomEventsSince"]
    await pond.select("DELETE FROM room_event WHERE seq = 1")
    behind = (await pond.ask(SINCE, id=room_id(room), after=0, first=2))["liveRoomEventsSince"]

    assert (ahead["resyncRequired"], ahead["nextAfter"]) == (True, 2)
    assert (behind["resyncRequired"], behind["events"]) == (True, [])
