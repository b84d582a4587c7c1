"""C39: what belongs to others does not exist for a mutation: NOT_FOUND for every id of theirs, and nothing changes.

The mutations and the places of ids in their inputs are read from the schema, so a new one is held to this as well.
Whoever attacks is a member, a guide and has every role of the staff, at another store.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_required_input_field,
)

from domain.coupon_templates import Validity, Worth
from domain.identity import Role
from domain.promotions.coupons import CouponKind
from schema.ids import Kind, id_of
from tests.acceptance.money import a_good, a_paid_order, pays, places, staff_token
from tests.acceptance.test_c27_fulfilment import sends
from tests.acceptance.test_c29_after_sales import STEPS
from tests.deployments import Shop
from tests.makers_carts import CREATE, line_of
from tests.makers_content import a_post
from tests.makers_coupons import a_coupon
from tests.makers_guides import a_guide, guide_of
from tests.makers_live import a_room, an_item
from tests.makers_members import a_store, appointed
from tests.makers_plays import a_group_buy
from tests.makers_value import a_gift_card
from tests.pond import Pond, the_schema

World = dict[str, str]
"""Ids of somebody's things, by the names that inputs have for them."""
OF_VIEWERS = {
    "bulletCommentSend", "liveRoomLike", "liveRoomEnter", "liveRoomReserve", "liveRoomUnreserve", "giftSend",
    "redPacketOffer", "couponTake", "orderPlace.liveRoomId", "shareCreate", "liveRoomStart.copyShelfOf",
    "postLike", "postUnlike", "commentAdd", "liveMemberMute.memberId", "liveMemberUnmute.memberId",
    "liveMemberKick.memberId", "liveMemberReadmit.memberId", "staffAppoint.memberId", "complaintOpen.subjectId",
}  # fmt: skip
"""Rooms and posts are there for everybody who watches and reads, and everybody may be spoken of."""
OF_ONES_OWN_CART = {"cartLinesRemove.lineIds", "cartCouponsApply.couponIds", "cartCouponsRemove.couponIds"}
"""They change one's own cart alone: what is not in it stays out of it, and a coupon of others is refused when priced."""
SENSIBLE: dict[str, dict[str, Any]] = {
    "postSave": {"blocks": [{"paragraph": {"text": "先看材质。"}}], "kind": "ARTICLE"},
    "orderEdit": {"changes": {"note": "放门口"}},
    "liveRoomMove": {"toState": "ENDED"},
    "liveCallToActionShow": {"target": "/pages/index"},
    "memberBirthdayVerify": {"birthday": "2000-01-01"},
    "drawPrepare": {"kind": "LUCKY_DRAW", "prizes": [{"kind": "COINS", "name": "金币", "count": 1, "coins": 1}]},
    "orgUnitSave": {"kind": "STORE", "slug": "s1"},
    "invoiceRequest": {"kind": "PERSON", "email": "mei@example.com"},
    "orderPay.giftCardId": {"method": "GIFT_CARD"},
    "withdrawalRequest": {"amount": {"minor": 100_00}},
}
"""What an input holds instead, where a value that only has the right type is refused before anything is looked up."""
HELD = (
    "order", "order_line", "payment", "shipment", "line_sent", "refund", "after_sale", "cart", "cart_line", "coupon",
    "gift_card", "address", "guide", "org_unit", "staff_duty", "binding", "stock_level", "stock_movement", "post",
    "ledger_posting", "points_account", "points_entry", "group_seat", "member", "member_tag", "live_product",
    "live_restriction", "bullet_rules",
)  # fmt: skip
ADDRESS = (
    """mutation ($input: AddressSaveInput!) { addressSave(input: $input) { address { id } userErrors { code } } }"""
)
CART_LINES = "query ($id: ID!) { cart(id: $id) { lines { id } } }"
GROUP = "query ($id: ID!) { order(id: $id) { buyingGroup { id } } }"
SOMEWHERE = {
    "name": "Mei", "phone": "13800000000", "province": "上海市", "city": "上海市", "district": "静安区", "line": "南京西路1号",
}  # fmt: skip


async def a_world(shop: Shop) -> tuple[World, str]:
    """A member who is a guide and the whole staff of a store, with one of everything; and the member's token."""
    pond, store_id = shop.pond, await a_store(shop.pond)
    who = await a_guide(pond, store_id=store_id)
    for role in Role:
        who = await appointed(pond, who, role, store_id)
    token, good = await shop.a_token(who), await a_good(shop, 10_00, stock=50)
    unpaid, (_,) = await places(shop, token, (good, 1))
    paid, (line,) = await a_paid_order(shop, token, (good, 3))
    operator = await staff_token(shop, Role.OPERATOR)
    package = (await sends(shop, operator, paid, (line, 1)))["shipment"]["id"]
    cart = (await shop.ask(CREATE, token, input={"lines": [line_of(good)]}))["cartCreate"]["cart"]
    ten_off = Worth(CouponKind.FIXED, 10_00)
    coupon = await a_coupon(pond, who, worth=ten_off, validity=Validity(days=30))
    room, _ = await a_room(pond, who, await an_item(pond))
    return {
        "orderId": paid,
        "unpaid": unpaid,
        "orderLineId": line,
        "shipmentId": package,
        "cartId": cart["id"],
        "lineId": cart["lines"][0]["id"],
        "lineIds": cart["lines"][0]["id"],
        "couponIds": id_of(Kind.COUPON, coupon.id),
        "giftCardId": id_of(Kind.GIFT_CARD, await a_gift_card(pond, who)),
        "afterSaleId": await _an_after_sale(shop, token, paid, line),
        "paymentId": (await pays(shop, token, unpaid))["payment"]["id"],
        "addressId": (await shop.ask(ADDRESS, token, input=SOMEWHERE))["addressSave"]["address"]["id"],
        "buyingGroupId": await _a_group(shop, token),
        "liveRoomId": id_of(Kind.LIVE_ROOM, room.id),
        "guideId": id_of(Kind.GUIDE, (await guide_of(pond, who)).id),
        "postId": id_of(Kind.POST, (await a_post(pond, by=who, published=False)).id),
        "unitId": id_of(Kind.ORG_UNIT, store_id),
        "parentId": id_of(Kind.ORG_UNIT, store_id),
        "memberId": id_of(Kind.MEMBER, who.member_id or uuid4()),
        "variantId": id_of(Kind.VARIANT, good.id),
    }, token


async def _an_after_sale(shop: Shop, token: str, order_id: str, line: str) -> str:
    lines = [{"orderLineId": line, "quantity": 1}]
    given = {
        "orderId": order_id,
        "kind": "REFUND_ONLY",
        "lines": lines,
        "reason": "不想要了",
        "idempotencyKey": uuid4().hex,
    }
    answer = (await shop.ask(STEPS["Apply"], token, input=given))["afterSaleApply"]
    assert answer["userErrors"] == [], answer
    return str(answer["afterSale"]["id"])


async def _a_group(shop: Shop, token: str) -> str:
    now = shop.pond.time
    good = await a_good(shop, 10_00)
    activity = await a_group_buy(shop.pond, good, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(days=2))
    order_id, _ = await places(shop, token, (good, 1), play={"kind": "GROUP", "id": id_of(Kind.GROUP_BUY, activity.id)})
    return str((await shop.ask(GROUP, token, id=order_id))["order"]["buyingGroup"]["id"])


def places_of_ids(type_: GraphQLInputType, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where in an input ids stand."""
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType) and len(path) < 5:
        for name, part in named.fields.items():
            if get_named_type(part.type).name == "ID":
                yield (*path, name)
            yield from places_of_ids(part.type, (*path, name))


def filled(type_: GraphQLInputType, path: tuple[str, ...], own: World, at: tuple[str, ...], foreign: str) -> Any:
    """A value of an input type that has what it must have, all of it one's own but for one id."""
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if isinstance(type_, GraphQLList):
        return [filled(type_.of_type, path, own, at, foreign)]
    if isinstance(type_, GraphQLInputObjectType):
        return {
            name: filled(part.type, (*path, name), own, at, foreign)
            for name, part in type_.fields.items()
            if is_required_input_field(part) or at[: len(path) + 1] == (*path, name)
        }
    if path == at:
        return foreign
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    return own.get(path[-1]) or SOMEWHERE.get(path[-1]) or {"Int": 1, "Long": 1, "Boolean": True}.get(
        type_.name, "2027-01-01T00:00:00Z" if type_.name == "DateTime" else uuid4().hex
    )  # fmt: skip


async def held(pond: Pond) -> dict[str, tuple[int, str]]:
    """The rows of what can belong to somebody, table by table."""
    known = {name for (name,) in await pond.select("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    sums = [
        f"SELECT '{name}', count(*), md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM \"{name}\" t"
        for name in HELD
        if name in known
    ]
    return {name: (many, digest) for name, many, digest in await pond.select(" UNION ALL ".join(sums))}


def attacks(own: World, foreign: World) -> Iterator[tuple[str, str, Any]]:
    """Each mutation with each place of an id, filled with the victim's."""
    for name, field in the_schema()._schema.mutation_type.fields.items():
        type_ = field.args["input"].type
        for at in places_of_ids(type_):
            where = f"{name}.{at[-1]}"
            if at[-1] in foreign and at[-1] != "variantId" and not {name, where} & (OF_VIEWERS | OF_ONES_OWN_CART):
                mine = own | {"orderId": own["unpaid"]} if name == "orderPay" else own
                given = filled(type_, (), mine, at, foreign[at[-1]])
                if where == "orgUnitSave.unitId":
                    given["parentId"] = own["parentId"]
                given |= {} if len(at) > 1 else SENSIBLE.get(name, {}) | SENSIBLE.get(where, {})
                query = (
                    f"mutation ($input: {type_}) {{ {name}(input: $input) {{ userErrors {{ code message path }} }} }}"
                )
                yield where, query, given


async def test_nobody_reaches_what_belongs_to_another_store_or_member(shop: Shop) -> None:
    victim, _ = await a_world(shop)
    own, token = await a_world(shop)
    before, answers = await held(shop.pond), {}

    for where, query, given in attacks(own, victim):
        headers = {"authorization": f"Bearer {token}"}
        body = {"query": query, "variables": {"input": given}}
        answer = (await shop.client.post("/graphql", json=body, headers=headers)).json()
        answers[where] = _codes(answer)

    assert len(answers) > 60
    told = {where: codes for where, codes in answers.items() if codes - HIDDEN or not codes}
    assert not told, told
    assert await held(shop.pond) == before


HIDDEN = {"NOT_FOUND", "FORBIDDEN", "COUPON_NOT_APPLICABLE"}
"""FORBIDDEN says what the caller is not; a coupon of others is not told apart from one that nobody has."""


def _codes(answer: Any) -> set[str]:
    if "errors" in answer:
        return {error["extensions"]["code"] for error in answer["errors"]}
    (payload,) = answer["data"].values()
    return {error["code"] for error in payload["userErrors"]}
