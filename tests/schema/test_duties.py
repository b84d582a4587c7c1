"""What a role at one unit opens: what is that unit's, never another store's and never the brand's (R76)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

import resolvers.bullets
from domain.identity import Principal, Role
from domain.room_events import BulletMode
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_product, a_variant
from tests.makers_content import a_comment, a_post
from tests.makers_draws import prepared
from tests.makers_guides import a_guide, guide_of
from tests.makers_live import a_room
from tests.makers_members import a_member, a_store, headquarters, staff
from tests.pond import Pond
from tests.schema.test_orders import line, placed

Deed = tuple[str, dict[str, Any]]
HERE, ELSEWHERE, ABOVE = "at the store", "at another store", "at headquarters"


def _by_id(field: str, name: str) -> str:
    return f"mutation($id: ID!) {{ {field}(input: {{ {name}: $id }}) {{ userErrors {{ code }} }} }}"


def _with(field: str, kind: str) -> str:
    return f"mutation($input: {kind}!) {{ {field}(input: $input) {{ userErrors {{ code }} }} }}"


async def _an_order(pond: Pond, _: UUID) -> Deed:
    mei = await a_member(pond)
    return "query($id: ID!) { order(id: $id) { number } }", {"id": await placed(pond, mei, line(await a_variant(pond)))}


async def _a_member(pond: Pond, _: UUID) -> Deed:
    mei = await a_member(pond)
    return "query($id: ID!) { member(id: $id) { nickname } }", {"id": id_of(Kind.MEMBER, _id(mei))}


async def _a_wallet(pond: Pond, _: UUID) -> Deed:
    given = {"memberId": id_of(Kind.MEMBER, _id(await a_member(pond))), "coins": 5, "reason": "gift"}
    return _with("coinsGrant", "CoinsGrantInput"), {"input": given | {"idempotencyKey": uuid4().hex}}


async def _a_product(pond: Pond, _: UUID) -> Deed:
    return _by_id("productArchive", "productId"), {"id": id_of(Kind.PRODUCT, (await a_product(pond)).id)}


async def _stock(pond: Pond, _: UUID) -> Deed:
    given = {"variantId": id_of(Kind.VARIANT, (await a_variant(pond)).id), "delta": 1, "idempotencyKey": uuid4().hex}
    return _with("stockAdjust", "StockAdjustInput"), {"input": given}


async def _a_category(_: Pond, __: UUID) -> Deed:
    return _with("categorySave", "CategorySaveInput"), {"input": {"slug": f"c-{uuid4().hex}", "name": "居家"}}


async def _a_post(pond: Pond, store_id: UUID) -> Deed:
    post = await a_post(pond, store_id=store_id)
    return _by_id("postHide", "postId"), {"id": id_of(Kind.POST, post.id)}


async def _a_comment(pond: Pond, _: UUID) -> Deed:
    comment = await a_comment(pond, await a_post(pond), await a_member(pond))
    document = """mutation($id: ID!) {
        commentModerate(input: { commentId: $id, decision: REJECTED }) { userErrors { code } } }"""
    return document, {"id": id_of(Kind.COMMENT, comment.id)}


async def _headquarters(pond: Pond, _: UUID) -> Deed:
    hq = await headquarters(pond)
    given = {"unitId": id_of(Kind.ORG_UNIT, hq.id), "kind": "HQ", "name": "Mine", "slug": "hq"}
    return _with("orgUnitSave", "OrgUnitSaveInput"), {"input": given}


async def _a_role(pond: Pond, store_id: UUID) -> Deed:
    given = {"memberId": id_of(Kind.MEMBER, _id(await a_member(pond))), "unitId": id_of(Kind.ORG_UNIT, store_id)}
    return _with("staffAppoint", "StaffAppointInput"), {"input": given | {"role": "CONTENT"}}


async def _a_guide(pond: Pond, store_id: UUID) -> Deed:
    guide = await guide_of(pond, await a_guide(pond, store_id=store_id))
    given = {"guideId": id_of(Kind.GUIDE, guide.id), "expectedVersion": guide.version}
    return _with("guideFreeze", "GuideDecisionInput"), {"input": given}


async def _a_live_room(pond: Pond, store_id: UUID) -> Deed:
    room, _ = await a_room(pond, await a_guide(pond, store_id=store_id))
    document = """mutation($id: ID!) { liveRoomMove(input: { liveRoomId: $id, toState: PAUSED }) {
        userErrors { code } } }"""
    return document, {"id": id_of(Kind.LIVE_ROOM, room.id)}


async def _a_bullet_comment(pond: Pond, store_id: UUID) -> Deed:
    room, _ = await a_room(pond, await a_guide(pond, store_id=store_id))
    sender = pond.context(await a_member(pond))
    event, _ = await resolvers.bullets.send(sender, room.id, "说错了", None, BulletMode.SCROLL)
    given = {"liveRoomId": id_of(Kind.LIVE_ROOM, room.id), "seq": event.seq}
    return _with("bulletCommentRemove", "BulletCommentRemoveInput"), {"input": given}


async def _a_draw(pond: Pond, store_id: UUID) -> Deed:
    room, host = await a_room(pond, await a_guide(pond, store_id=store_id))
    return _by_id("drawWithdraw", "drawId"), {"id": id_of(Kind.DRAW, (await prepared(pond, host, room)).id)}


async def _the_brands_money(pond: Pond, store_id: UUID) -> Deed:
    room, _ = await a_room(pond, await a_guide(pond, store_id=store_id))
    given = {"liveRoomId": id_of(Kind.LIVE_ROOM, room.id), "kind": "CASH", "sponsor": "BRAND", "total": 100, "count": 2}
    return _with("redPacketOffer", "RedPacketOfferInput"), {"input": given | {"idempotencyKey": uuid4().hex}}


def _id(member: Principal) -> UUID:
    assert member.member_id is not None
    return member.member_id


def of_the_brand(*roles: Role) -> set[tuple[Role, str]]:
    return {(role, ABOVE) for role in (*roles, Role.OPERATOR)}


def of_the_store(*roles: Role) -> set[tuple[Role, str]]:
    return {(role, unit) for role in (*roles, Role.OPERATOR) for unit in (ABOVE, HERE)}


@pytest.mark.parametrize(
    ("aim", "may"),
    [
        pytest.param(_an_order, of_the_brand(), id="read an order"),
        pytest.param(_a_member, of_the_brand(), id="read a member"),
        pytest.param(_a_wallet, of_the_brand(Role.FINANCE), id="grant coins"),
        pytest.param(_a_product, of_the_brand(Role.CONTENT), id="archive a product"),
        pytest.param(_stock, of_the_brand(), id="book stock"),
        pytest.param(_a_category, of_the_brand(Role.CONTENT), id="save a category"),
        pytest.param(_a_post, of_the_brand(Role.CONTENT), id="hide a post"),
        pytest.param(_a_comment, of_the_brand(Role.CONTENT, Role.MODERATOR), id="decide on a comment"),
        pytest.param(_headquarters, of_the_brand(), id="save headquarters"),
        pytest.param(_a_role, of_the_store(), id="appoint at the store"),
        pytest.param(_a_guide, of_the_store(Role.STORE_MANAGER), id="freeze a guide of the store"),
        pytest.param(_a_live_room, of_the_store(Role.STORE_MANAGER), id="pause a room of the store"),
        pytest.param(_a_draw, of_the_store(Role.STORE_MANAGER), id="withdraw a draw in a room of the store"),
        pytest.param(_the_brands_money, of_the_brand(), id="offer the brand's money in a room of the store"),
        pytest.param(
            _a_bullet_comment,
            of_the_store(Role.STORE_MANAGER, Role.MODERATOR),
            id="remove a bullet comment in a room of the store",
        ),
    ],
)
async def test_who_may(pond: Pond, aim: Callable[[Pond, UUID], Awaitable[Deed]], may: set[tuple[Role, str]]) -> None:
    store_id = await a_store(pond)
    units = {HERE: store_id, ELSEWHERE: await a_store(pond, "Another"), ABOVE: (await headquarters(pond)).id}

    did = set()
    for role in Role:
        for where, unit_id in units.items():
            document, variables = await aim(pond, store_id)
            if succeeded(await pond.execute(document, await staff(pond, role, unit_id=unit_id), **variables)):
                did.add((role, where))

    assert did == may


def succeeded(result: Any) -> bool:
    """Whether it was done; if not, only because the caller may not."""
    codes = [error.extensions["code"] for error in result.errors or []]
    if not codes:
        (answer,) = result.data.values()
        if answer is None:
            return False
        codes = [error["code"] for error in answer.get("userErrors", [])]
    assert set(codes) <= {"FORBIDDEN", "NOT_FOUND"}
    return not codes
