"""Order edits: address, note and units of orders of which nothing has left, and the try of them, through GraphQL."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from domain.identity import Principal, Role
from domain.money import Money
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_fulfilment import sent
from tests.makers_guides import a_guide
from tests.makers_live import a_room, an_item
from tests.makers_members import a_member, staff
from tests.makers_payments import a_paid_order, an_order, begun, confirm, ledger_of, money_of, refund, send_refunds
from tests.makers_promotions import OFF_20, a_promotion, yuan
from tests.makers_stock import nothing_is_lost
from tests.pond import Pond
from tests.schema.test_campaigns import CANCEL, a_campaign
from tests.schema.test_orders import line, placed, stock_of

EDIT = """mutation ($input: OrderEditInput!) { orderEdit(input: $input) {
  order { state note total { minor } goods { minor } refunded { minor } address { line phone } version
    lines { quantity payable { minor } unitPaid { minor } } }
  paidBack { minor } leftToPay { minor } replayed userErrors { code path } } }"""
CHANGES = """query ($id: ID!) { order(id: $id) { total { minor } note changes { actor fromState toState
  edit { noteBefore addressBefore { line } lines { orderLineId before after } refunded { minor } } } } }"""
ADDRESS = {
    "name": "梅", "phone": "13800000000", "province": "浙江省", "city": "杭州市", "district": "西湖区", "line": "龙井路",
}  # fmt: skip


async def edited(pond: Pond, who: Principal, order_id: str, *, key: str = "", dry: bool = False, **changes: Any) -> Any:
    """The answer to `orderEdit`; `lines` are pairs."""
    lines = [{"orderLineId": one, "quantity": many} for one, many in changes.pop("lines", ())]
    wanted = {"orderId": order_id, "changes": {**changes, "lines": lines}, "idempotencyKey": key or uuid4().hex}
    return (await pond.ask(EDIT, who, input=wanted | {"dryRun": dry}))["orderEdit"]


async def an_address(pond: Pond, who: Principal) -> str:
    document = """mutation ($input: AddressSaveInput!) { addressSave(input: $input) { address { id } } }"""
    return str((await pond.ask(document, who, input=ADDRESS))["addressSave"]["address"]["id"])


async def history(pond: Pond, who: Principal, order_id: str) -> Any:
    return (await pond.ask(CHANGES, who, id=order_id))["order"]


async def test_units_are_taken_out_of_an_unpaid_order_and_their_stock_goes_back(pond: Pond) -> None:
    tea, mei, operator = (
        await a_variant(pond, price=Money(1_000)),
        await a_member(pond),
        await staff(pond, Role.OPERATOR),
    )
    order_id, (tea_line,) = await an_order(pond, mei, (tea, 5))

    tried = await edited(pond, operator, order_id, lines=[(tea_line, 2)], dry=True)
    before = await history(pond, mei, order_id)
    done = await edited(pond, operator, order_id, lines=[(tea_line, 2)])

    assert (before["total"]["minor"], before["changes"]) == (5_000, [])
    assert tried == done
    assert (done["order"]["total"]["minor"], done["leftToPay"]["minor"], done["paidBack"]["minor"]) == (2_000, 2_000, 0)
    assert done["order"]["lines"][0]["quantity"] == 2
    level = await stock_of(pond, tea)
    assert (level.sellable, level.reserved) == (8, 2)
    assert await nothing_is_lost(pond)


async def test_what_is_left_of_an_edited_order_is_paid_and_paid_back_to_the_fen(pond: Pond) -> None:
    tea, mei, operator = await a_variant(pond, price=Money(333)), await a_member(pond), await staff(pond, Role.OPERATOR)
    order_id, (tea_line,) = await an_order(pond, mei, (tea, 3))
    await edited(pond, operator, order_id, lines=[(tea_line, 2)])

    await confirm(pond, await begun(pond, mei, order_id))
    await refund(pond, order_id, lines=[(tea_line, 2)])
    await send_refunds(pond)

    money = await money_of(pond, mei, order_id)
    assert (money["paid"]["minor"], money["refunded"]["minor"], money["state"]) == (666, 666, "REFUNDED")
    assert await ledger_of(pond) == {}
    assert await nothing_is_lost(pond)


async def test_live_stock_of_an_unpaid_order_goes_back_to_its_shelf(pond: Pond) -> None:
    item = await an_item(pond, stock=5, limit=4)
    room, _ = await a_room(pond, await a_guide(pond), item)
    mei, operator = await a_member(pond), await staff(pond, Role.OPERATOR)
    order_id = await placed(
        pond,
        mei,
        {"variantId": id_of(Kind.VARIANT, item.variant_id), "quantity": 3},
        liveRoomId=id_of(Kind.LIVE_ROOM, room.id),
    )
    (tea_line,) = [one["id"] for one in (await pond.ask(LINES, mei, id=order_id))["order"]["lines"]]

    await edited(pond, operator, order_id, lines=[(tea_line, 1)])

    assert await pond.select("SELECT remaining, reserved FROM live_product") == [(4, 1)]
    assert await pond.select("SELECT quantity FROM live_purchase") == [(1,)]
    assert await nothing_is_lost(pond)


LINES = "query ($id: ID!) { order(id: $id) { lines { id } } }"


async def test_what_a_shorter_order_takes_off_no_more_is_in_the_budget_again(pond: Pond) -> None:
    tea, mei, operator = (
        await a_variant(pond, price=Money(60_00)),
        await a_member(pond),
        await staff(pond, Role.OPERATOR),
    )
    campaign_id = await a_campaign(pond, budget=yuan(20_00))
    await a_promotion(pond, OFF_20, limits={"budget": yuan(20_00)}, campaignId=campaign_id)
    order_id, (tea_line,) = await an_order(pond, mei, (tea, 2))
    spent = "SELECT used, spent_minor, used_up FROM promotion"
    whole = "SELECT spent_minor, used_up FROM campaign"
    full = [*await pond.select(spent), *await pond.select(whole)]

    await edited(pond, operator, order_id, lines=[(tea_line, 1)])

    assert full == [(1, 20_00, True), (20_00, True)]
    assert await pond.select(spent) == [(1, 10_00, False)]
    assert await pond.select(whole) == [(10_00, False)]
    await pond.ask(CANCEL, mei, id=order_id)
    assert [*await pond.select(spent), *await pond.select(whole)] == [(0, 0, False), (0, False)]


async def test_an_order_with_an_open_payment_keeps_its_amount(pond: Pond) -> None:
    tea, mei, operator = await a_variant(pond), await a_member(pond), await staff(pond, Role.OPERATOR)
    order_id, (tea_line,) = await an_order(pond, mei, (tea, 2))
    await begun(pond, mei, order_id)

    refused = await edited(pond, operator, order_id, lines=[(tea_line, 1)])
    noted = await edited(pond, mei, order_id, note="周末送")

    assert refused["userErrors"] == [{"code": "INVALID_STATE", "path": ["input", "changes", "lines"]}]
    assert noted["order"]["note"] == "周末送"


async def test_units_of_a_paid_order_are_paid_back(pond: Pond) -> None:
    tea, mei, operator = (
        await a_variant(pond, price=Money(1_000)),
        await a_member(pond),
        await staff(pond, Role.OPERATOR),
    )
    order_id, (tea_line,) = await a_paid_order(pond, mei, (tea, 3))

    tried = await edited(pond, operator, order_id, lines=[(tea_line, 1)], dry=True)
    assert (await money_of(pond, mei, order_id))["refunds"] == []
    done = await edited(pond, operator, order_id, lines=[(tea_line, 1)])
    await send_refunds(pond)

    assert tried["paidBack"] == done["paidBack"] == {"minor": 2_000}
    money = await money_of(pond, mei, order_id)
    assert [(one["state"], one["amount"]["minor"]) for one in money["refunds"]] == [("SUCCEEDED", 2_000)]
    assert (await stock_of(pond, tea)).sellable == 9
    more = await edited(pond, operator, order_id, lines=[(tea_line, 2)])
    assert more["userErrors"][0]["code"] == "BAD_USER_INPUT"


async def test_a_member_changes_address_within_the_city_and_note_of_an_order_that_has_not_left(pond: Pond) -> None:
    mei, operator = await a_member(pond), await staff(pond, Role.OPERATOR)
    tea = await a_variant(pond)
    order_id = await placed(pond, mei, line(tea), addressId=await an_address(pond, mei))
    await confirm(pond, await begun(pond, mei, order_id))
    pond.later(minutes=1)
    near, far = ADDRESS | {"line": "灵隐路"}, ADDRESS | {"city": "宁波市"}

    moved = await edited(pond, mei, order_id, address=near, note="放门口")
    pond.later(minutes=1)
    away = await edited(pond, mei, order_id, address=far)
    by_staff = await edited(pond, operator, order_id, address=far)
    pond.later(minutes=1)
    await sent(pond, order_id, by=operator)
    late = await edited(pond, mei, order_id, address=near)

    assert moved["order"]["address"] == {"line": "灵隐路", "phone": "+8613800000000"}
    assert (away["userErrors"][0]["code"], by_staff["userErrors"]) == ("BAD_USER_INPUT", [])
    assert late["userErrors"] == [{"code": "INVALID_STATE", "path": ["input", "orderId"]}]
    changes = (await history(pond, mei, order_id))["changes"]
    assert [one["actor"] for one in changes] == ["SYSTEM", "MEMBER", "STAFF", "STAFF"]
    assert changes[1]["edit"]["addressBefore"] == {"line": "龙井路"}
    assert [one["toState"] for one in changes] == ["PAID", None, None, "SHIPPED"]


async def test_units_are_for_operators_and_orders_of_others_do_not_exist(pond: Pond) -> None:
    mei = await a_member(pond)
    order_id, (tea_line,) = await an_order(pond, mei, (await a_variant(pond), 2))

    own = await edited(pond, mei, order_id, lines=[(tea_line, 1)])
    others = await edited(pond, await a_member(pond), order_id, note="x")
    nothing = await edited(pond, mei, order_id)

    codes = [one["userErrors"][0]["code"] for one in (own, others, nothing)]
    assert codes == ["FORBIDDEN", "NOT_FOUND", "BAD_USER_INPUT"]


async def test_the_same_edit_at_once_pays_back_once(pond: Pond) -> None:
    tea, mei, operator = (
        await a_variant(pond, price=Money(1_000)),
        await a_member(pond),
        await staff(pond, Role.OPERATOR),
    )
    order_id, (tea_line,) = await a_paid_order(pond, mei, (tea, 3))

    answers = await asyncio.gather(
        *(edited(pond, operator, order_id, key="k", lines=[(tea_line, 1)]) for _ in range(64))
    )

    assert sorted(one["replayed"] for one in answers) == [False, *[True] * 63]
    assert {one["paidBack"]["minor"] for one in answers} == {2_000}
    assert (await money_of(pond, mei, order_id))["refunded"]["minor"] == 2_000


async def test_an_edit_and_a_payment_at_once_agree_on_the_amount(pond: Pond) -> None:
    tea, operator = await a_variant(pond, price=Money(1_000), stock=40), await staff(pond, Role.OPERATOR)
    for _ in range(4):
        mei = await a_member(pond)
        order_id, (tea_line,) = await an_order(pond, mei, (tea, 3))

        cut, payment = await asyncio.gather(
            edited(pond, operator, order_id, lines=[(tea_line, 1)]), begun(pond, mei, order_id)
        )

        due = 3_000 if cut["userErrors"] else 1_000
        assert payment["amount"]["minor"] == due
        assert (await money_of(pond, mei, order_id))["total"]["minor"] == due


async def test_a_line_sold_by_a_product_with_sizes_keeps_its_own_units(pond: Pond) -> None:
    tea, pot = await a_variant(pond, price=Money(700)), await a_variant(pond, price=Money(900))
    mei, operator = await a_member(pond), await staff(pond, Role.OPERATOR)
    order_id, (tea_line, pot_line) = await an_order(pond, mei, (tea, 2), (pot, 2))

    done = await edited(pond, operator, order_id, lines=[(pot_line, 1), (tea_line, 2)])

    assert [(one["quantity"], one["payable"]["minor"]) for one in done["order"]["lines"]] == [(2, 1_400), (1, 900)]
    (change,) = (await history(pond, mei, order_id))["changes"]
    assert change["edit"]["lines"] == [{"orderLineId": pot_line, "before": 2, "after": 1}]
