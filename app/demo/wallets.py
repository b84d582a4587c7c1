"""Sows what a guide of the sample brand owns: orders of three weeks ago, what they earned, and what was taken out."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import db.bindings
import db.wallets
import db.withdrawals
import resolvers.commissions
import resolvers.orders
import resolvers.payments
import resolvers.shipments
import resolvers.withdrawal_sending
import resolvers.withdrawals
from app.demo.field import Field
from app.demo.people import as_guide, as_member
from app.demo.trade import on_sale
from domain.filters import EVERYTHING
from domain.gateways import Provider, Told
from domain.guides import Guide
from domain.identity import Principal
from domain.money import Money
from domain.orders import CartLine, Order
from domain.pages import PageRequest
from domain.placing import Wish
from domain.withdrawals import Withdrawal
from resolvers.payments import Paying
from resolvers.shipments import Sending
from resolvers.withdrawals import Wanted

ORDERS = 3
_BOUGHT, _RECEIVED, _TAKEN_OUT = timedelta(days=20), timedelta(days=17), timedelta(days=2)


async def sow_wallet(field: Field, founder: Principal, guide: Guide, members: list[UUID]) -> None:
    """Let some of a guide's customers have bought what cannot go back any more, and the guide take money out."""
    mine = await db.withdrawals.of_member(field.database.reading(), guide.member_id, PageRequest(1), EVERYTHING)
    if mine.nodes:
        return
    bound = await db.bindings.guides_bound_to(field.database.reading(), members, field.now - _BOUGHT)
    buyers = [member_id for member_id in members if member_id in bound and bound[member_id].id == guide.id][:ORDERS]
    variants = await on_sale(field)
    for number, member_id in enumerate(buyers):
        await _bought(field, founder, member_id, number, variants[number * 3 % len(variants)])
    while await resolvers.commissions.release_due(field.hand("release", ago=_TAKEN_OUT + timedelta(hours=1))):
        pass
    available = (await db.wallets.wallets_of(field.database.reading(), [guide.id]))[guide.id].available.minor
    arrived = await _asked(field, guide, available // 2, "the first withdrawal", _TAKEN_OUT)
    await _sent(field, arrived)
    await _asked(field, guide, available // 4, "the second withdrawal", timedelta(minutes=3))


async def _bought(field: Field, founder: Principal, member_id: UUID, number: int, variant_id: UUID) -> None:
    """An order that was paid, sent and received, on the days when that was."""
    name = f"old order {number}"
    hand = field.hand(name, as_member(member_id), ago=_BOUGHT)
    order: Order = (await resolvers.orders.place(hand, Wish((CartLine(variant_id, 2),)), f"banmu {name}")).order
    payment = (await resolvers.payments.pay(hand, Paying(order.id, f"banmu pay {name}"))).payment
    assert payment is not None, "nothing in the sample brand is free"
    told = Told(f"banmu {name}", Provider.SANDBOX, f"banmu {name}", payment.id, payment.amount, hand.now())
    await resolvers.payments.book(field.hand(f"{name} is paid", ago=_BOUGHT), told)
    package = Sending(order.id, None, "顺丰速运", f"SF9{number:09}", f"banmu send {name}")
    await resolvers.shipments.send(field.hand(f"send {name}", founder, ago=_RECEIVED), package)
    await resolvers.shipments.receive(field.hand(f"receive {name}", as_member(member_id), ago=_RECEIVED), order.id)


async def _asked(field: Field, guide: Guide, fen: int, name: str, ago: timedelta) -> Withdrawal:
    wanted = Wanted(Money(fen), guide.id, f"banmu {name}")
    return (await resolvers.withdrawals.request(field.hand(name, as_guide(guide), ago=ago), wanted))[0]


async def _sent(field: Field, one: Withdrawal) -> None:
    """The job sends it, the guide says yes, and WeChat tells."""
    await resolvers.withdrawal_sending.send_due(field.hand("send withdrawals", ago=_TAKEN_OUT))
    field.wechat_pay.transfers.confirm(one.id.hex)
    await field.wechat_pay.all_told()
