"""Real data, from import to sale: a litemall shop comes in, sells in a live room, and real bullet comments fly."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.imports.danmaku import replay
from app.imports.litemall import Shop, import_shop
from app.imports.report import Report
from domain.identity import Principal
from schema.ids import Kind, key_of
from tests.makers_guides import a_guide
from tests.makers_members import a_member
from tests.pond import Pond
from tests.site import Site, Talk, running
from tests.waiting import until

DATA = Path(__file__).parents[2].parent / "shared" / "data"
LITEMALL, DANMAKU = DATA / "litemall", DATA / "danmaku.jsonl"
SUBSCRIBERS, BUYERS, UNITS = 20, 50, 10

needs_shop = pytest.mark.skipif(not LITEMALL.is_dir(), reason="../shared/data/litemall is not there")
needs_danmaku = pytest.mark.skipif(not DANMAKU.is_file(), reason="../shared/data/danmaku.jsonl is not there")

SEARCH = "query($text: String!) { search(text: $text, first: 20) { nodes { id name slug } } }"
PRODUCT = """query($id: ID!) { product(id: $id) { name detailHtml options { name values }
    variants { id available price { minor } } media { url } category { name } } }"""
START = "mutation($input: LiveRoomStartInput!) { liveRoomStart(input: $input) { liveRoom { id } userErrors { code } } }"
PLACE = """mutation($input: OrderPlaceInput!) {
    orderPlace(input: $input) { order { state } userErrors { code ... on InsufficientStock { available } } } }"""
SHELF = "query($id: ID!) { liveRoom(id: $id) { shelf { liveStock sold state } } }"
BULLETS = "subscription($room: ID!) { bulletComments(roomId: $room, after: 0) { seq comment { text } } }"


async def imported(pond: Pond) -> Report:
    report = Report()
    await import_shop(pond.context(), Shop(LITEMALL, report), report)
    return report


@needs_shop
async def test_a_shop_comes_in_whole_and_a_second_time_without_effect(pond: Pond) -> None:
    first = await imported(pond)
    facts = await pond.select("SELECT count(*) FROM outbox")
    second = await imported(pond)

    assert dict(first.saved) == {
        "分类 categories": 93,
        "品牌 brands": 49,
        "商品 products": 239,
        "专题 topics": 20,
        "评价专帖 posts of reviews": 31,
        "评论 comments": 1002,
    }
    assert [(one.file, one.row, one.field) for one in first.problems] == [
        ("goods_product.jsonl", 2, "url"),
        ("goods_product.jsonl", 5, "url"),
        ("comment.jsonl", 1001, "value_id"),
        ("comment.jsonl", 1003, "type"),
        ("comment.jsonl", 1004, "type"),
    ]
    assert second.changed_nothing
    assert second.unchanged == first.saved
    assert await pond.select("SELECT count(*) FROM outbox") == facts
    states = await pond.select("SELECT state, count(*) FROM product GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in states] == [("DRAFT", 1), ("ON_SALE", 238)]


@needs_shop
async def test_of_fifty_who_order_ten_units_at_once_ten_get_one(pond: Pond) -> None:
    await imported(pond)
    found = (await pond.ask(SEARCH, text="四件套"))["search"]["nodes"]
    assert all("四件套" in one["name"] for one in found[:3])
    product = (await pond.ask(PRODUCT, id=found[0]["id"]))["product"]
    assert product["media"]
    variant = next(one for one in product["variants"] if one["available"] >= UNITS)

    room = await started(pond, await a_guide(pond, "林晚"), variant)
    buyers = [await a_member(pond, f"买家{number}") for number in range(BUYERS)]
    answers = await asyncio.gather(*(placed(pond, buyer, room, variant["id"]) for buyer in buyers))

    assert Counter(answer["order"] is not None for answer in answers) == {True: UNITS, False: BUYERS - UNITS}
    refused = [error for answer in answers for error in answer["userErrors"]]
    assert refused == [{"code": "INSUFFICIENT_STOCK", "available": 0}] * (BUYERS - UNITS)
    assert (await pond.ask(SHELF, id=room))["liveRoom"]["shelf"] == [{"liveStock": 0, "sold": 0, "state": "SOLD_OUT"}]


async def started(pond: Pond, guide: Principal, variant: dict[str, Any]) -> str:
    """A room of the guide, which sells ten of a variant."""
    item = {"variantId": variant["id"], "livePrice": {"minor": variant["price"]["minor"]}, "liveStock": UNITS}
    given = {"title": "四件套专场", "idempotencyKey": "a-key", "shelf": [item]}
    return str((await pond.ask(START, guide, input=given))["liveRoomStart"]["liveRoom"]["id"])


async def placed(pond: Pond, buyer: Principal, room: str, variant_id: str) -> dict[str, Any]:
    given = {"lines": [{"variantId": variant_id, "quantity": 1}], "liveRoomId": room, "idempotencyKey": "one"}
    payload: dict[str, Any] = (await pond.ask(PLACE, buyer, input=given))["orderPlace"]
    return payload


@needs_danmaku
async def test_twenty_who_watch_see_the_same_real_comments_in_the_same_order(dsn: str) -> None:
    async with running(dsn, bullets_shown_per_s=0) as site:
        await all_are_seen(site)


async def all_are_seen(site: Site) -> None:
    pond = Pond(site.pond.database)
    given = {"title": "弹幕", "idempotencyKey": "a-key"}
    room = (await pond.ask(START, await a_guide(pond), input=given))["liveRoomStart"]["liveRoom"]["id"]
    heard: list[list[int]] = [[] for _ in range(SUBSCRIBERS)]
    done = asyncio.Event()

    async def watch(seqs: list[int]) -> None:
        async with site.socket(max_size=None) as talk:
            await talk.subscribe(BULLETS, room=room)
            await listen(talk, seqs, done)

    watching = [asyncio.create_task(watch(seqs)) for seqs in heard]
    replayed = await replay(site.pond.context(), key_of(Kind.LIVE_ROOM, room), DANMAKU, speed=40)
    stored = await pond.select("SELECT seq, payload ->> 'shown' AS shown FROM room_event WHERE kind = 'BULLET_COMMENT'")
    shown = {row["seq"] for row in stored if row["shown"] == "true"}
    await until(lambda: all(len(seqs) == len(shown) for seqs in heard), 30)
    done.set()
    await asyncio.gather(*watching)

    rows = {one.row for one in replayed.report.problems}
    assert replayed.said + len(rows) == len(DANMAKU.read_text().splitlines()) == 1239
    assert replayed.said == 1149  # 39 are too long, 50 are drawings whose JSON is cut off, one is a link
    assert len(stored) == replayed.said
    assert heard[0] == sorted(shown)
    assert len(shown) > 1000  # what a crowd says in one voice is stored, and shown a few times
    assert all(seqs == heard[0] for seqs in heard)


async def listen(talk: Talk, seqs: list[int], done: asyncio.Event) -> None:
    while not done.is_set():
        try:
            message = await talk.hear(0.5)
        except TimeoutError:
            continue
        seqs.append(message["payload"]["data"]["bulletComments"]["seq"])
