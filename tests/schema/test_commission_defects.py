"""Commission where other systems went wrong (product rules 3.15).

A base with shipping in it, a claw-back of whole lines, a claw-back that ends where the balance does.
"""

from __future__ import annotations

from uuid import uuid4

import db.ledger
from domain.identity import Principal
from domain.ledger import Posting, available_commission, clearing
from domain.money import Money
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_commissions import a_customer_of, a_received_order, commissions, released, wallet
from tests.makers_guides import a_guide, bound
from tests.makers_members import a_member
from tests.makers_payments import PLACE, a_paid_order, begun, confirm, refund
from tests.makers_stock import a_template
from tests.pond import Pond
from tests.schema.test_order_edits import an_address


async def a_guides_order(
    pond: Pond, *, fen: int = 100_00, many: int = 2, shipped: bool = False
) -> tuple[str, str, Principal]:
    """A paid order of a guide's customer: its id, its line and the guide."""
    guide, member = await a_guide(pond), await a_member(pond)
    await bound(pond, member, guide)
    variant = await a_variant(pond, price=Money(fen))
    wanted = {
        "lines": [{"variantId": id_of(Kind.VARIANT, variant.id), "quantity": many}],
        "idempotencyKey": uuid4().hex,
        "addressId": await an_address(pond, member) if shipped else None,
    }
    order = (await pond.ask(PLACE, member, input=wanted))["orderPlace"]["order"]
    await confirm(pond, await begun(pond, member, order["id"]))
    return order["id"], order["lines"][0]["id"], guide


async def earned(pond: Pond) -> tuple[int, int, int]:
    """Base, amount and what was taken back of the one commission there is."""
    (row,) = await pond.select("SELECT base_minor, amount_minor, clawed_back_minor FROM commission")
    return tuple(row)


async def test_yudao_what_is_paid_for_shipping_earns_no_commission(pond: Pond) -> None:
    await a_template(pond, fee=8_00)

    order_id, _, _ = await a_guides_order(pond, shipped=True)

    (row,) = await pond.select('SELECT shipping_minor, total_minor FROM "order"')
    assert tuple(row) == (8_00, 208_00), order_id
    base, _, _ = await earned(pond)
    assert base == 200_00


async def test_yudao_one_of_two_units_going_back_takes_half_of_the_commission(pond: Pond) -> None:
    order_id, line_id, _ = await a_guides_order(pond)

    await refund(pond, order_id, lines=[(line_id, 1)])

    _, amount, clawed_back = await earned(pond)
    assert amount > 0
    assert clawed_back == amount - amount // 2


async def test_crmeb_what_a_guide_took_out_already_is_owed_and_not_forgotten(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    order_id, (line,) = await a_received_order(pond, member, (await a_variant(pond, price=Money(100_00)), 1))
    pond.later(days=7)
    await released(pond)
    assert guide.guide_id is not None
    taken = [Posting(available_commission(guide.guide_id), clearing("sandbox"), Money(5_00))]
    async with pond.database.writing() as tx:
        await db.ledger.post(tx, "paid out", taken, pond.time)

    await refund(pond, order_id, lines=[(line, 1)], ofSent=True)

    assert await wallet(pond, guide.guide_id) == (0, -5_00)


async def test_yudao_a_commission_is_frozen_from_receipt_and_not_from_payment(pond: Pond) -> None:
    guide, member = await a_customer_of(pond)
    await a_paid_order(pond, member, (await a_variant(pond), 1))

    pond.later(days=30)

    assert await released(pond) == 0
    assert [one["state"] for one in await commissions(pond, guide)] == ["PENDING"]
