"""Sows how the sample brand serves its buyers: what was received and reviewed, and one complaint."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import db.complaints
import db.orders
import db.reviews
import resolvers.complaints
import resolvers.reviews
import resolvers.shipments
from app.demo.field import Field, id_of
from app.demo.people import as_member
from domain.complaints import ComplaintSubject
from domain.identity import Principal
from domain.orders import Order, OrderState
from domain.reviews import Review, ReviewDraft
from resolvers.complaints import Complaining
from resolvers.shipments import Sending

COMPLAINT = "complaint"
REVIEWS = (
    (ReviewDraft(5, "茶汤清亮,豆香很足,包装也仔细。"), ""),
    (ReviewDraft(4, "器形好看,就是比想的小一点。"), "谢谢您,详情页已补上容量对比图。"),
    (ReviewDraft(5, "送长辈的,他们很喜欢。", anonymous=True), ""),
)
_AGO = timedelta(minutes=5)


async def sow_service(field: Field, founder: Principal, order_ids: list[UUID]) -> None:
    """Let a few orders be received and reviewed, and one buyer complain about their guide, where nobody has."""
    orders = await db.orders.orders_by_id(field.database.reading(), order_ids)
    for number, (order_id, (draft, reply)) in enumerate(zip(order_ids, REVIEWS, strict=False)):
        await _receive(field, founder, orders[order_id], number)
        review = await _review(field, orders[order_id], number, draft)
        if review is not None and reply:
            await resolvers.reviews.reply(field.hand(f"reply {number}", founder), review.id, reply)
    unhappy = next((one for key in order_ids[len(REVIEWS) :] if (one := orders[key]).guide_id is not None), None)
    if unhappy is not None:
        await _complain(field, unhappy)


async def _receive(field: Field, founder: Principal, order: Order, number: int) -> None:
    if order.state is OrderState.PAID:
        package = Sending(order.id, None, "顺丰速运", f"SF{number:010}", f"banmu send {number}")
        await resolvers.shipments.send(field.hand(f"send {number}", founder, ago=_AGO), package)
        await resolvers.shipments.receive(
            field.hand(f"receive {number}", as_member(order.member_id), ago=_AGO), order.id
        )


async def _review(field: Field, order: Order, number: int, draft: ReviewDraft) -> Review | None:
    """Review what was bought; None where it was reviewed before."""
    line = order.lines[0]
    if await db.reviews.reviews_of_lines(field.database.reading(), [line.id]):
        return None
    return (await resolvers.reviews.add(field.hand(f"review {number}", as_member(order.member_id)), line.id, draft))[0]


async def _complain(field: Field, order: Order) -> None:
    known = await db.complaints.complaints_by_id(field.database.reading(), [id_of(COMPLAINT)])
    if order.guide_id is None or known:
        return
    wanted = Complaining(ComplaintSubject.GUIDE, order.guide_id, "咨询后一天没有人回复。", order_id=order.id)
    await resolvers.complaints.open_(field.hand(COMPLAINT, as_member(order.member_id)), wanted)
