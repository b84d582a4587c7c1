"""Where payment providers call us back. They are told that we heard only after it is booked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from app.callbacks import BODY_S, Unread, whole_body
from domain.gateways import Message, Provider, RefundTold, SignatureWrong, Told, TransferTold
from domain.outages import Outage
from domain.payments import WrongAmount
from domain.refusals import NotFound
from domain.withdrawals import WrongTransfer
from providers.wechat_pay_channel import A_PROBE
from resolvers import payments, refunds, withdrawal_sending
from resolvers.context import Context
from resolvers.payment_alerts import alert


@dataclass(frozen=True)
class _No:
    """Why we do not take a message; `about` is the payment, refund or withdrawal that it names."""

    status: int
    code: str
    why: str = ""
    about: UUID | None = None


def notified(context: Callable[[], Context], provider: Provider, body_s: float = BODY_S) -> Callable[[Request], object]:
    """The endpoint for a provider's notifications, of payments, refunds and whatever else it tells."""

    async def receive(request: Request) -> Response:
        try:
            body = await whole_body(request, body_s)
        except Unread as unread:
            return unread.response()
        ctx = context()
        no = await _heard(ctx, provider, request, body)
        if no is not None and no.why:
            await alert(ctx, provider, no.why, no.about)
        return _answer(provider, no)

    return receive


async def _heard(ctx: Context, provider: Provider, request: Request, body: bytes) -> _No | None:
    """Believe a message and book what it tells; or why not."""
    try:
        message = await ctx.services.payments[provider].read(request.headers, body, ctx.now())
    except SignatureWrong as wrong:
        return _No(401, "SIGNATURE_WRONG", "" if wrong.why == A_PROBE else wrong.why or "the signature does not fit")
    try:
        await _book(ctx, message)
    except WrongAmount:
        return _No(400, "AMOUNT_MISMATCH", "another amount", _about(message))
    except WrongTransfer as wrong:
        return _No(400, "TRANSFER_MISMATCH", wrong.why, _about(message))
    except NotFound:
        return _No(404, "NOT_FOUND", "unknown to us", _about(message))
    except Outage:
        return _No(503, "OVERLOADED")
    return None


async def _book(ctx: Context, message: Message) -> None:
    if isinstance(message, Told):
        await payments.book(ctx, message)
    if isinstance(message, RefundTold):
        await refunds.book(ctx, message)
    if isinstance(message, TransferTold):
        await withdrawal_sending.book(ctx, message)


def _about(message: Message) -> UUID | None:
    if isinstance(message, Told):
        return message.payment_id
    if isinstance(message, TransferTold):
        return message.transfer_id
    return message.refund_id if isinstance(message, RefundTold) else None


def _answer(provider: Provider, no: _No | None) -> Response:
    """The answer in the provider's own words."""
    status, headers = (200, None) if no is None else (no.status, {"retry-after": "1"} if no.status == 503 else None)
    match provider:
        case Provider.ALIPAY:
            return PlainTextResponse("success" if no is None else "failure", status, headers)
        case Provider.WECHAT_PAY:
            said = {"code": "SUCCESS"} if no is None else {"code": "FAIL", "message": no.code}
            return JSONResponse(said, status, headers)
        case _:
            return JSONResponse({"code": "SUCCESS" if no is None else no.code}, status, headers)
