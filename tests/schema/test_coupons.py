"""Coupons: taken once by each, held by one order, used or given back, and gone when their time is over."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

import resolvers.coupons
from domain.coupon_templates import CouponScope, CouponTemplate, TakeBy, TemplateState, Validity
from domain.identity import VISITOR, Principal
from domain.promotions.coupons import CouponKind
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_category, a_product
from tests.makers_coupons import TAKE, a_coupon, a_template, an_operator, state_of
from tests.makers_guides import a_guide, bound
from tests.makers_live import a_room
from tests.makers_members import a_member
from tests.pond import NOON, Pond, statements

TO_TAKE = """query ($product: ID, $room: ID) { couponsToTake(productId: $product, liveRoomId: $room) {
  name left takenByMe amount { minor } threshold { minor } } }"""
MINE = """query ($states: [CouponState!]) { me { coupons(states: $states, first: 10) {
  nodes { id state endsAt template { name } } } } }"""
REDEEM = """mutation ($input: CouponRedeemCodeInput!) { couponRedeemCode(input: $input) {
  coupon { id takeBy } replayed userErrors { code } } }"""
GIFT = """mutation ($input: CouponGiftInput!) { couponGift(input: $input) {
  coupon { id takeBy } userErrors { code path } } }"""
REVOKE = """mutation ($input: CouponRevokeInput!) { couponRevoke(input: $input) {
  coupons { id state } userErrors { code } } }"""
ISSUE = """mutation ($input: CouponCodesIssueInput!) { couponCodesIssue(input: $input) {
  codes replayed userErrors { code path } } }"""
SAVE = """mutation ($input: CouponTemplateSaveInput!) { couponTemplateSave(input: $input) {
  couponTemplate { id state version } userErrors { code path } } }"""
PUBLISH = """mutation ($input: CouponTemplateInput!) { couponTemplatePublish(input: $input) {
  couponTemplate { state } replayed userErrors { code } } }"""
COUNTERS = """query { couponTemplates(first: 5, where: { state: { eq: PUBLISHED } }) {
  nodes { name taken left counters { unused locked used expired revoked } } } }"""


def template_id(template: CouponTemplate) -> str:
    return id_of(Kind.COUPON_TEMPLATE, template.id)


def wanted(template: CouponTemplate, **other: Any) -> dict[str, Any]:
    return {"couponTemplateId": template_id(template), "idempotencyKey": uuid4().hex, **other}


async def take(pond: Pond, member: Principal, template: CouponTemplate, **other: Any) -> dict[str, Any]:
    return dict((await pond.ask(TAKE, member, input=wanted(template, **other)))["couponTake"])


async def codes(pond: Pond, member: Principal, template: CouponTemplate, **other: Any) -> list[str]:
    return [error["code"] for error in (await take(pond, member, template, **other))["userErrors"]]


async def test_a_coupon_is_seen_taken_and_held(pond: Pond) -> None:
    template, member = await a_template(pond, total=3), await a_member(pond)
    card = {"name": "满350减50", "left": 3, "takenByMe": 0, "amount": {"minor": 50_00}, "threshold": {"minor": 350_00}}
    assert (await pond.ask(TO_TAKE))["couponsToTake"] == [card]

    taken = await take(pond, member, template)

    assert (await pond.ask(TO_TAKE, member))["couponsToTake"] == [card | {"left": 2, "takenByMe": 1}]
    (mine,) = (await pond.ask(MINE, member))["me"]["coupons"]["nodes"]
    assert (mine["id"], mine["state"], mine["template"]["name"]) == (taken["coupon"]["id"], "UNUSED", "满350减50")
    told = await pond.select("SELECT payload FROM outbox WHERE kind = 'CouponTaken'")
    assert [one["state"] for row in told for one in row["payload"]["coupons"]] == ["UNUSED"]


async def test_the_same_key_is_the_same_coupon(pond: Pond) -> None:
    template, member = await a_template(pond, per_person=5), await a_member(pond)
    asked = wanted(template)

    first, again = [(await pond.ask(TAKE, member, input=asked))["couponTake"] for _ in range(2)]

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["coupon"]["id"] == again["coupon"]["id"]


async def test_the_last_one_is_taken_by_one_of_sixty_four(pond: Pond) -> None:
    template = await a_template(pond, total=1)
    crowd = [await a_member(pond) for _ in range(64)]

    answers = await asyncio.gather(*(codes(pond, member, template) for member in crowd))

    assert Counter(map(tuple, answers)) == {(): 1, ("NONE_LEFT",): 63}
    assert [row[0] for row in await pond.select("SELECT taken FROM coupon_template")] == [1]


async def test_one_member_with_sixty_four_fingers_takes_what_one_may(pond: Pond) -> None:
    """Litemall #581: a total of 1 and a limit of 1 came to 9 coupons for 64 requests."""
    template, member = await a_template(pond, total=50, per_person=2), await a_member(pond)

    answers = await asyncio.gather(*(codes(pond, member, template) for _ in range(64)))

    assert Counter(map(tuple, answers)) == {(): 2, ("LIMIT_PER_MEMBER",): 62}
    assert (await pond.select("SELECT count(*), max(seq) FROM coupon"))[0][:] == (2, 2)


async def test_who_counts_first_and_writes_afterwards_gives_too_many(pond: Pond) -> None:
    """Negative control: what taking comes to that looks at counts, without lock, number or bound of the table."""
    template, member = await a_template(pond, total=50), await a_member(pond)
    all_have_counted = asyncio.Barrier(8)
    await pond.select("ALTER TABLE coupon DROP CONSTRAINT ck_coupon_nobody_has_more_than_one_may")

    async def careless(number: int) -> None:
        async with pond.database.writing() as tx:
            had = await tx._connection.fetchval("SELECT count(*) FROM coupon WHERE member_id = $1", member.member_id)
            await all_have_counted.wait()
            if had < 1:
                await tx._connection.execute(
                    "INSERT INTO coupon (id, template_id, member_id, seq, per_person, take_by, taken_at, starts_at,"
                    " ends_at) VALUES (gen_random_uuid(), $1, $2, $3, 1, 'USER', now(), now(), now() + '1 day')",
                    *(template.id, member.member_id, number),
                )

    await asyncio.gather(*(careless(number) for number in range(1, 9)))

    assert (await pond.select("SELECT count(*) FROM coupon"))[0][0] == 8


async def test_the_table_itself_refuses_one_too_many(pond: Pond) -> None:
    template, member = await a_template(pond, total=1), await a_member(pond)
    await a_coupon(pond, member, template)

    with pytest.raises(asyncpg.CheckViolationError):
        await pond.select("UPDATE coupon_template SET taken = taken + 1")
    with pytest.raises(asyncpg.CheckViolationError):
        await pond.select("UPDATE coupon SET seq = 2")


@pytest.mark.parametrize(
    ("state", "terms", "code"),
    [
        pytest.param(TemplateState.DRAFT, {}, "INVALID_STATE", id="not published"),
        pytest.param(TemplateState.PUBLISHED, {"take_by": (TakeBy.CODE,)}, "INVALID_STATE", id="only by code"),
        pytest.param(TemplateState.PUBLISHED, {"validity": Validity(ends_at=NOON)}, "INVALID_STATE", id="too late"),
    ],
)
async def test_what_cannot_be_had_is_refused(pond: Pond, state: TemplateState, terms: Any, code: str) -> None:
    template = await a_template(pond, published=state is TemplateState.PUBLISHED, **terms)

    assert await codes(pond, await a_member(pond), template) == [code]


async def test_a_product_shows_the_coupons_that_are_good_for_it(pond: Pond) -> None:
    above = await a_category(pond, "家纺")
    category = await a_category(pond, "床品", parent_id=above.id)
    product, other = await a_product(pond, category_id=category.id), await a_product(pond, "毛巾")
    await a_template(pond, name="all")
    await a_template(pond, name="above", scope=CouponScope.CATEGORY, scope_ids=(above.id,))
    await a_template(pond, name="own", scope=CouponScope.PRODUCT, scope_ids=(product.id,))
    await a_template(pond, name="other", scope=CouponScope.PRODUCT, scope_ids=(other.id,))
    await a_template(pond, name="but not this", excluded_ids=(product.id,))

    member = await a_member(pond)
    with statements() as log:
        found = await pond.ask(TO_TAKE, member, product=id_of(Kind.PRODUCT, product.id))

    assert [one["name"] for one in found["couponsToTake"]] == ["own", "above", "all"]
    assert len(log) == 3


async def test_a_coupon_of_a_live_room_is_taken_while_it_is_on_air(pond: Pond) -> None:
    template, (room, _) = await a_template(pond, take_by=(TakeBy.LIVE,)), await a_room(pond)
    member, room_id = await a_member(pond), id_of(Kind.LIVE_ROOM, room.id)

    assert (await pond.ask(TO_TAKE, member))["couponsToTake"] == []
    assert len((await pond.ask(TO_TAKE, member, room=room_id))["couponsToTake"]) == 1
    assert await codes(pond, member, template) == ["INVALID_STATE"]
    assert await codes(pond, member, template, liveRoomId=room_id) == []
    assert await codes(pond, member, template, liveRoomId=id_of(Kind.LIVE_ROOM, template.id)) == ["NOT_FOUND"]


async def test_a_code_is_good_for_one_member_once(pond: Pond) -> None:
    template, operator = await a_template(pond, take_by=(TakeBy.CODE,)), await an_operator(pond)
    issued = (await pond.ask(ISSUE, operator, input=wanted(template, count=2)))["couponCodesIssue"]["codes"]
    mei, lan = await a_member(pond), await a_member(pond)

    async def redeem(member: Principal, code: str) -> list[str]:
        return [
            e["code"] for e in await pond.refused(REDEEM, member, input={"code": code, "idempotencyKey": uuid4().hex})
        ]

    assert await redeem(mei, f" {issued[0].lower()[:8]}-{issued[0].lower()[8:]}") == []
    assert await redeem(lan, issued[0]) == ["CODE_INVALID"]
    assert await redeem(mei, issued[1]) == ["LIMIT_PER_MEMBER"]
    assert await redeem(lan, issued[1]) == [], "a code that could not be used was not used up"
    assert await redeem(lan, "NOSUCHCODE") == ["CODE_INVALID"]


async def test_of_sixty_four_who_type_a_code_for_one_one_has_its_coupon(pond: Pond) -> None:
    template, operator = await a_template(pond, take_by=(TakeBy.CODE,)), await an_operator(pond)
    (code,) = (await pond.ask(ISSUE, operator, input=wanted(template)))["couponCodesIssue"]["codes"]
    crowd = [await a_member(pond) for _ in range(64)]

    answers = await asyncio.gather(
        *(pond.ask(REDEEM, one, input={"code": code, "idempotencyKey": "k"}) for one in crowd)
    )

    refusals = [error["code"] for one in answers for error in one["couponRedeemCode"]["userErrors"]]
    assert refusals == ["CODE_INVALID"] * 63
    ((holder,),) = await pond.select("SELECT member_id FROM coupon")
    assert await pond.select("SELECT redeemed_by FROM coupon_code") == [(holder,)]
    assert await pond.select("SELECT taken FROM coupon_template") == [(1,)]


async def test_sixty_four_who_know_one_code_share_what_there_is(pond: Pond) -> None:
    template, operator = await a_template(pond, take_by=(TakeBy.CODE,), total=5), await an_operator(pond)
    await pond.ask(ISSUE, operator, input=wanted(template, sharedCode="mid-autumn"))
    crowd = [await a_member(pond) for _ in range(64)]

    answers = await asyncio.gather(
        *(pond.ask(REDEEM, one, input={"code": "MIDAUTUMN", "idempotencyKey": "k"}) for one in crowd)
    )

    refusals = Counter(error["code"] for one in answers for error in one["couponRedeemCode"]["userErrors"])
    assert refusals == {"NONE_LEFT": 59}
    (taken,) = await pond.refused(ISSUE, operator, input=wanted(template, sharedCode="MIDAUTUMN"))
    assert taken["code"] == "CONFLICT"


async def test_a_guide_gives_coupons_to_customers_alone(pond: Pond) -> None:
    template = await a_template(pond, take_by=(TakeBy.GIFT_BY_GUIDE,))
    guide, customer, stranger = await a_guide(pond), await a_member(pond), await a_member(pond)
    await bound(pond, customer, guide)

    async def gift(to: Principal) -> Any:
        asked = wanted(template, memberId=id_of(Kind.MEMBER, to.member_id or UUID(int=0)))
        return (await pond.ask(GIFT, guide, input=asked))["couponGift"]

    assert (await gift(customer))["coupon"]["takeBy"] == "GIFT_BY_GUIDE"
    assert (await gift(stranger))["userErrors"] == [{"code": "NOT_FOUND", "path": ["input", "memberId"]}]
    assert [e["code"] for e in (await gift(customer))["userErrors"]] == ["LIMIT_PER_MEMBER"]


async def test_who_registers_is_welcomed_with_coupons(pond: Pond) -> None:
    await a_template(pond, name="新人礼", take_by=(TakeBy.REGISTER,))
    await a_template(pond, name="抢完了", take_by=(TakeBy.REGISTER,), total=1)
    login = """mutation ($code: String!) { memberLoginByWechat(input: { code: $code }) {
      member { coupons(first: 5) { nodes { template { name } } } } } }"""

    async def names(user: str) -> list[str]:
        code = (await pond.standins.post("/wechat/login", json={"user": user})).json()["code"]
        found = (await pond.ask(login, code=code))["memberLoginByWechat"]["member"]["coupons"]["nodes"]
        return sorted(one["template"]["name"] for one in found)

    assert await names("mei") == ["抢完了", "新人礼"]
    assert await names("lan") == ["新人礼"]
    assert await names("mei") == ["抢完了", "新人礼"]


async def test_an_unused_coupon_can_be_revoked_and_one_in_an_order_cannot(pond: Pond) -> None:
    member, template = await a_member(pond), await a_template(pond, per_person=2)
    unused, locked = await a_coupon(pond, member, template), await a_coupon(pond, member, template)
    await pond.select("UPDATE coupon SET state = 'LOCKED', order_id = $1 WHERE id = $1", locked.id)
    ids = [id_of(Kind.COUPON, one.id) for one in (unused, locked)]

    revoked = await pond.ask(REVOKE, await an_operator(pond), input={"couponIds": ids, "reason": "a mistake"})

    assert revoked["couponRevoke"]["coupons"] == [{"id": ids[0], "state": "REVOKED"}]
    assert await state_of(pond, locked.id) == "LOCKED"


async def test_coupons_expire_in_batches_when_their_time_is_over(pond: Pond) -> None:
    member = await a_member(pond)
    short = await a_coupon(pond, member, validity=Validity(days=1))
    long = await a_coupon(pond, member, validity=Validity(days=2))
    pond.later(days=1)

    assert [await resolvers.coupons.expire(pond.context()) for _ in range(2)] == [1, 0]

    assert (await state_of(pond, short.id), await state_of(pond, long.id)) == ("EXPIRED", "UNUSED")
    nodes = (await pond.ask(MINE, member, states=["EXPIRED"]))["me"]["coupons"]["nodes"]
    assert [one["id"] for one in nodes] == [id_of(Kind.COUPON, short.id)]


async def test_others_coupons_do_not_exist(pond: Pond) -> None:
    coupon = await a_coupon(pond, await a_member(pond))
    node = "query ($id: ID!) { node(id: $id) { id } }"
    key = id_of(Kind.COUPON, coupon.id)

    for who in (VISITOR, await a_member(pond)):
        assert (await pond.ask(node, who, id=key))["node"] is None
    assert (await pond.ask(node, await an_operator(pond), id=key))["node"] == {"id": key}


async def test_a_draft_is_known_to_operators_alone_and_fixed_once_published(pond: Pond) -> None:
    operator, member = await an_operator(pond), await a_member(pond)
    asked = {"name": "九折", "kind": "PERCENT", "offBp": 1_000, "takeBy": ["USER"], "days": 7}
    saved = (await pond.ask(SAVE, operator, input=asked))["couponTemplateSave"]["couponTemplate"]
    node = "query ($id: ID!) { node(id: $id) { ... on CouponTemplate { name } } }"

    assert (await pond.ask(node, member, id=saved["id"]))["node"] is None
    change = asked | {"couponTemplateId": saved["id"], "offBp": 500, "expectedVersion": 1}
    assert (await pond.ask(SAVE, operator, input=change))["couponTemplateSave"]["couponTemplate"]["version"] == 2
    assert await pond.refused(SAVE, operator, input=change) == [
        {"code": "STALE_VERSION", "path": ["input", "expectedVersion"]}
    ]
    published = [await pond.ask(PUBLISH, operator, input={"couponTemplateId": saved["id"]}) for _ in range(2)]
    assert [one["couponTemplatePublish"]["replayed"] for one in published] == [False, True]
    (error,) = await pond.refused(SAVE, operator, input=change | {"expectedVersion": 3})
    assert error["code"] == "INVALID_STATE"
    assert (await pond.ask(node, member, id=saved["id"]))["node"] == {"name": "九折"}
    assert await pond.errors(SAVE, member, input=asked) == ["FORBIDDEN"]


async def test_operators_see_what_became_of_coupons(pond: Pond) -> None:
    template, member = await a_template(pond, total=9, per_person=2), await a_member(pond)
    await a_coupon(pond, member, template)
    await a_coupon(
        pond,
        member,
        template,
    )
    await pond.select("UPDATE coupon SET state = 'EXPIRED' WHERE seq = 2")

    with statements() as log:
        (one,) = (await pond.ask(COUNTERS, await an_operator(pond)))["couponTemplates"]["nodes"]

    assert (one["taken"], one["left"]) == (2, 7)
    assert one["counters"] == {"unused": 1, "locked": 0, "used": 0, "expired": 1, "revoked": 0}
    assert len([line for line in log if line.startswith("SELECT")]) == 2


async def test_taking_one_costs_six_statements_and_the_last_one_locks_what_a_crowd_waits_for(pond: Pond) -> None:
    template, member = await a_template(pond, total=9), await a_member(pond)

    with statements() as log:
        await pond.ask(
            "mutation ($input: CouponTakeInput!) { couponTake(input: $input) { replayed } }",
            member,
            input=wanted(template),
        )

    assert len(log) == 6
    assert log[-1].startswith("UPDATE coupon_template")


async def test_a_worth_that_contradicts_itself_is_refused(pond: Pond) -> None:
    asked = {"name": "x", "kind": CouponKind.EXCHANGE.value, "takeBy": ["USER"], "days": 7}

    assert await pond.refused(SAVE, await an_operator(pond), input=asked) == [
        {"code": "BAD_USER_INPUT", "path": ["input", "scope"]}
    ]
