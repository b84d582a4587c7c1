"""Calls to action: a host shows a card, and each viewer is led to their own guide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from domain.identity import VISITOR, Principal
from domain.live import LiveRoom
from domain.shares import TargetKind
from schema.ids import Kind, id_of
from tests.makers_guides import a_guide, a_share, bound
from tests.makers_live import a_room, log_of
from tests.makers_live_audience import comes
from tests.makers_members import a_member
from tests.pond import Pond, statements

SHOW = """mutation ($input: LiveCallToActionShowInput!) { liveCallToActionShow(input: $input) {
  callToAction { id kind clicked } userErrors { code path } } }"""
HIDE = """mutation ($id: ID!) { liveCallToActionHide(input: {liveRoomId: $id}) {
  callToAction { id } userErrors { code } } }"""
CLICK = """mutation ($id: ID!, $step: CallStep! = CLICKED) {
  liveCallToActionClick(input: {callToActionId: $id, step: $step}) { step userErrors { code } } }"""
SAVE = "mutation ($url: String!) { guideContactSave(input: {qrUrl: $url}) { qrUrl userErrors { code path } } }"
ROOM = """query ($id: ID!) { liveRoom(id: $id) {
  callToAction { kind title linkUrl qrUrl guide { name } clicked converted }
  callsToAction { title hiddenAt clicked converted } } }"""


def card(room: LiveRoom, kind: str = "GUIDE_QR", target: str | None = None, **more: Any) -> dict[str, Any]:
    return {"liveRoomId": id_of(Kind.LIVE_ROOM, room.id), "kind": kind, "title": "加导购", "target": target, **more}


async def shown(pond: Pond, room: LiveRoom, who: Principal) -> Any:
    return (await pond.ask(ROOM, who, id=id_of(Kind.LIVE_ROOM, room.id)))["liveRoom"]


async def a_guide_with_code(pond: Pond, name: str) -> Principal:
    guide = await a_guide(pond, name)
    assert await pond.refused(SAVE, guide, url=f"/media/{name}.png") == []
    return guide


async def show(pond: Pond, host: Principal, room: LiveRoom, **more: Any) -> str:
    payload = (await pond.ask(SHOW, host, input=card(room, **more)))["liveCallToActionShow"]
    assert payload["userErrors"] == []
    return str(payload["callToAction"]["id"])


async def test_each_viewer_is_led_to_their_own_guide_else_to_who_invited_them_else_to_the_host(pond: Pond) -> None:
    host, own, inviter = [await a_guide_with_code(pond, name) for name in ("host", "own", "inviter")]
    room, _ = await a_room(pond, host)
    bound_member, invited, stranger = [await a_member(pond) for _ in range(3)]
    await bound(pond, bound_member, own)
    share = await a_share(pond, inviter, room.id, kind=TargetKind.LIVE_ROOM)
    for viewer in (bound_member, invited):
        await comes(pond, room, viewer, share.code)
    await show(pond, host, room)

    led = [(await shown(pond, room, viewer))["callToAction"] for viewer in (bound_member, invited, stranger, VISITOR)]

    assert [call["qrUrl"] for call in led] == [f"/media/{name}.png" for name in ("own", "inviter", "host", "host")]
    assert [call["guide"]["name"] for call in led] == ["own", "inviter", "host", "host"]


async def test_a_guide_without_a_code_is_passed_over(pond: Pond) -> None:
    host, own = await a_guide_with_code(pond, "host"), await a_guide(pond, "own")
    room, _ = await a_room(pond, host)
    member = await a_member(pond)
    await bound(pond, member, own)
    await show(pond, host, room)

    assert (await shown(pond, room, member))["callToAction"]["guide"] == {"name": "host"}


async def test_the_event_says_nothing_that_differs_between_viewers(pond: Pond) -> None:
    room, host = await a_room(pond)
    call_id = await show(pond, host, room)
    await pond.ask(HIDE, host, id=id_of(Kind.LIVE_ROOM, room.id))

    told = [payload["card"] for kind, payload in await log_of(pond, room.id) if kind == "CALL_TO_ACTION"]

    assert told == [
        {"id": call_id.removeprefix("cta_"), "kind": "GUIDE_QR", "title": "加导购", "picture_url": None},
        None,
    ]


async def test_a_new_card_takes_the_place_of_the_last_one(pond: Pond) -> None:
    room, host = await a_room(pond)
    await show(pond, host, room, title="first")
    await show(pond, host, room, title="second")

    found = await shown(pond, room, host)

    assert found["callToAction"]["title"] == "second"
    assert [(call["title"], call["hiddenAt"] is None) for call in found["callsToAction"]] == [
        ("second", True),
        ("first", False),
    ]


async def test_clicks_and_conversions_are_counted_once_for_each_member_and_told_to_the_host(pond: Pond) -> None:
    room, host = await a_room(pond)
    call_id = await show(pond, host, room)
    anna, ben, carl = [await a_member(pond) for _ in range(3)]
    for member in (anna, anna, ben, carl):
        assert await pond.refused(CLICK, member, id=call_id) == []
    for _ in range(2):
        await pond.ask(CLICK, anna, id=call_id, step="CONVERTED")
    pond.later(minutes=1)
    await bound(pond, ben, host)

    assert (await shown(pond, room, host))["callToAction"] | {"qrUrl": None, "guide": None} == {
        "kind": "GUIDE_QR", "title": "加导购", "linkUrl": None, "qrUrl": None, "guide": None, "clicked": 3, "converted": 2,
    }  # fmt: skip
    seen = await shown(pond, room, anna)
    assert (seen["callToAction"]["clicked"], seen["callsToAction"]) == (None, None)
    unknown = await pond.refused(CLICK, anna, id=id_of(Kind.CALL_TO_ACTION, uuid4()))
    assert [error["code"] for error in unknown] == ["NOT_FOUND"]


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        pytest.param("LINK", "https://shop.example/sale?from=live", id="a host of the brand"),
        pytest.param("LINK", "pages/topic/index?id=7", id="a page of the mini-program"),
        pytest.param("GROUP_QR", "/media/group.png", id="a picture of ours"),
        pytest.param("OA_FOLLOW", "https://shop.example/oa.png", id="a picture at a host of the brand"),
    ],
)
async def test_a_card_may_lead_here(pond: Pond, kind: str, target: str) -> None:
    pond.services.rules = replace(pond.services.rules, link_hosts=frozenset({"shop.example"}))
    room, host = await a_room(pond)

    await show(pond, host, room, kind=kind, target=target)

    call = (await shown(pond, room, VISITOR))["callToAction"]
    assert (call["linkUrl"] or call["qrUrl"]) == target


@pytest.mark.parametrize(
    ("kind", "target", "code"),
    [
        pytest.param("LINK", "https://evil.example/", "BAD_USER_INPUT", id="another host"),
        pytest.param("LINK", "https://shop.example@evil.example/", "BAD_USER_INPUT", id="a host as a user"),
        pytest.param("LINK", "https://shop.example.evil.example/", "BAD_USER_INPUT", id="a host that begins alike"),
        pytest.param("LINK", "https://shop.example:8443/", "BAD_USER_INPUT", id="another port"),
        pytest.param("LINK", "https://shop.example\\@evil.example/", "BAD_USER_INPUT", id="a backslash"),
        pytest.param("LINK", "http://shop.example/", "BAD_USER_INPUT", id="not https"),
        pytest.param("LINK", "//evil.example/", "BAD_USER_INPUT", id="no scheme"),
        pytest.param("LINK", "/media/page.html", "BAD_USER_INPUT", id="no page of the mini-program"),
        pytest.param("LINK", "pages/../../secret", "BAD_USER_INPUT", id="out of the mini-program"),
        pytest.param("LINK", "javascript:alert(1)", "BAD_USER_INPUT", id="a script"),
        pytest.param("LINK", None, "BAD_USER_INPUT", id="nowhere"),
        pytest.param("GROUP_QR", "https://evil.example/qr.png", "BAD_USER_INPUT", id="a code at another host"),
        pytest.param("GUIDE_QR", "/media/qr.png", "BAD_USER_INPUT", id="a guide's code that is given"),
    ],
)
async def test_a_card_may_not_lead_there(pond: Pond, kind: str, target: str | None, code: str) -> None:
    pond.services.rules = replace(pond.services.rules, link_hosts=frozenset({"shop.example"}))
    room, host = await a_room(pond)

    errors = await pond.refused(SHOW, host, input=card(room, kind, target))

    assert errors == [{"code": code, "path": ["input", "target"]}]


async def test_only_who_runs_the_room_shows_and_hides_cards(pond: Pond) -> None:
    room, _ = await a_room(pond)
    member = await a_member(pond)

    assert [e["code"] for e in await pond.refused(SHOW, member, input=card(room))] == ["FORBIDDEN"]
    assert [e["code"] for e in await pond.refused(HIDE, member, id=id_of(Kind.LIVE_ROOM, room.id))] == ["FORBIDDEN"]


async def test_where_a_card_leads_costs_a_viewer_two_statements(pond: Pond) -> None:
    room, host = await a_room(pond)
    await show(pond, host, room)
    member, asked = await a_member(pond), "query ($id: ID!) { liveRoom(id: $id) { id callToAction { qrUrl } } }"

    with statements() as run:
        await pond.ask(asked, member, id=id_of(Kind.LIVE_ROOM, room.id))

    assert len(run) == 1 + 2
