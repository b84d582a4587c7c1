"""A stand-in for Alipay's gateway: it checks the app's signature, and signs its answers and notifications by RSA2.

What a payer does in Alipay is done by `pay`, or by a POST to the address of a page. It forgets everything with its
process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qsl

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from app.standins.telling import Telling
from providers.alipay import signed_content
from providers.rsa_sha256 import fits, sign

SHANGHAI = timezone(timedelta(hours=8))
MOST_TRADES = 10_000
PAGES = frozenset({"alipay.trade.page.pay", "alipay.trade.wap.pay"})


class No(Exception):
    """What Alipay says instead of doing it, by its `sub_code`."""

    def __init__(self, sub_code: str, code: str = "40004") -> None:
        super().__init__(sub_code)
        self.sub_code, self.code = sub_code, code


@dataclass
class Trade:
    """A payment as Alipay knows it, amounts in fen. `refunds` by the app's number of each.

    Merchants know nothing of it until `is_open`: the payer has opened its page, or scanned its code.
    """

    asked: dict[str, Any]
    notify_url: str
    trade_no: str
    total: int
    status: str = "WAIT_BUYER_PAY"
    paid_at: datetime | None = None
    buyer: str = ""
    is_open: bool = False
    refunds: dict[str, int] = field(default_factory=dict)

    @property
    def number(self) -> str:
        return str(self.asked["out_trade_no"])


class AlipayStandIn:
    """Alipay for one app."""

    def __init__(
        self,
        app_id: str,
        app_key: RSAPublicKey,
        key: RSAPrivateKey,
        client: httpx.AsyncClient,
        now: Callable[[], datetime],
    ) -> None:
        self._app_id, self._app_key, self.key = app_id, app_key, key
        self._client, self._now = client, now
        self.telling = Telling()
        self.trades: dict[str, Trade] = {}
        self.is_down = False
        """Whether it does what it is asked, and says only that it does not know."""
        self._does: dict[str, Callable[[dict[str, Any], str], dict[str, Any]]] = {
            "alipay.trade.precreate": self._precreate,
            "alipay.trade.query": self._query,
            "alipay.trade.close": self._close,
            "alipay.trade.refund": self._refund,
            "alipay.trade.fastpay.refund.query": self._query_refund,
        }

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/gateway.do", self._gateway, methods=["GET", "POST"])])

    async def all_told(self) -> None:
        """Wait until the merchant heard everything, or will not."""
        await self.telling.all_told()

    def pay(self, number: str, buyer: str = "2088102177846880") -> Trade:
        """The payer says yes: the money is taken and the merchant is told.

        Raises:
            No: it cannot be paid (any more).
        """
        trade = self.open(number)
        until = trade.asked.get("time_expire")
        if trade.status == "TRADE_CLOSED" or (until is not None and until <= _written(self._now())):
            raise No("ACQ.TRADE_HAS_CLOSE")
        if trade.paid_at is None:
            trade.status, trade.paid_at, trade.buyer = "TRADE_SUCCESS", self._now(), buyer
            self._tell(trade)
        return trade

    def open(self, number: str) -> Trade:
        """The payer opens the page, or scans the code.

        Raises:
            No: there is no such payment.
        """
        if number not in self.trades:
            raise No("ACQ.TRADE_NOT_EXIST")
        self.trades[number].is_open = True
        return self.trades[number]

    def notification(self, trade: Trade, **other: str) -> dict[str, str]:
        """What is told of a payment, without its signature and time."""
        return {
            "notify_type": "trade_status_sync",
            "notify_id": token_hex(17),
            "app_id": self._app_id,
            "charset": "utf-8",
            "version": "1.0",
            "seller_id": "2088102177846000",
            "buyer_id": trade.buyer,
            "subject": trade.asked["subject"],
            "trade_no": trade.trade_no,
            "out_trade_no": trade.number,
            "trade_status": trade.status,
            "total_amount": yuan(trade.total),
            "receipt_amount": yuan(trade.total),
            "gmt_payment": _written(trade.paid_at or self._now()),
            **other,
        }

    def signed(self, said: dict[str, str]) -> dict[str, str]:
        """A notification as it is sent now."""
        now = {"notify_time": _written(self._now()), **said}
        return {**now, "sign": sign(self.key, signed_content(now)), "sign_type": "RSA2"}

    def _tell(self, trade: Trade, **other: str) -> None:
        said = self.notification(trade, **other)

        async def send() -> bool:
            try:
                answer = await self._client.post(trade.notify_url, data=self.signed(said))
            except httpx.HTTPError:
                return False
            return answer.text == "success"

        if trade.notify_url:
            self.telling.tell(trade.number, send)

    async def _gateway(self, request: Request) -> Response:
        said = dict(request.query_params) | dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        name = said.get("method", "").replace(".", "_") + "_response"
        try:
            self._check(said)
            content = orjson.loads(said["biz_content"])
            if said["method"] in PAGES:
                return self._cashier(request, content, said.get("notify_url", ""))
            answer = {
                "code": "10000",
                "msg": "Success",
                **self._does[said["method"]](content, said.get("notify_url", "")),
            }
        except No as no:
            answer = {"code": no.code, "msg": "Business Failed", "sub_code": no.sub_code, "sub_msg": no.sub_code}
        except (KeyError, ValueError, TypeError):
            answer = {"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.invalid-parameter"}
        if self.is_down:
            answer = {"code": "20000", "msg": "Service Currently Unavailable", "sub_code": "isp.unknow-error"}
        told = orjson.dumps(answer).decode()
        return Response(f'{{"{name}":{told},"sign":"{sign(self.key, told.encode())}"}}', media_type="application/json")

    def _check(self, said: dict[str, str]) -> None:
        unsigned = {name: value for name, value in said.items() if name != "sign" and value}
        if said.get("app_id") != self._app_id:
            raise No("isv.invalid-app-id", "40002")
        if said.get("sign_type") != "RSA2" or not fits(self._app_key, signed_content(unsigned), said.get("sign", "")):
            raise No("isv.invalid-signature", "40002")
        datetime.strptime(said["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)

    def _cashier(self, request: Request, content: dict[str, Any], notify_url: str) -> Response:
        """A page: the payer sees what it is for, and says yes."""
        try:
            trade = self.open(self._announced(content, notify_url).number)
            if request.method == "GET":
                return HTMLResponse(f"<form method=post><button>¥ {yuan(trade.total)} 支付</button></form>")
            self.pay(trade.number)
        except No as no:
            return JSONResponse({"code": no.sub_code}, 409)
        return JSONResponse({"state": "PAID"}, headers={"access-control-allow-origin": "*"})

    def _announced(self, content: dict[str, Any], notify_url: str) -> Trade:
        new = Trade(content, notify_url, f"2026{token_hex(12)}", fen(content["total_amount"]))
        known = self.trades.setdefault(new.number, new)
        if known.total != new.total:
            raise No("ACQ.CONTEXT_INCONSISTENT")
        if known.paid_at is not None and known is not new:
            raise No("ACQ.TRADE_HAS_SUCCESS")
        while len(self.trades) > MOST_TRADES:
            del self.trades[next(iter(self.trades))]
        return known

    def _precreate(self, content: dict[str, Any], notify_url: str) -> dict[str, Any]:
        trade = self._announced(content, notify_url)
        return {"out_trade_no": trade.number, "qr_code": f"https://qr.alipay.com/bax{trade.trade_no[-14:]}"}

    def _query(self, content: dict[str, Any], _: str) -> dict[str, Any]:
        trade = self._known(content["out_trade_no"])
        told = {
            "trade_no": trade.trade_no,
            "out_trade_no": trade.number,
            "trade_status": trade.status,
            "total_amount": yuan(trade.total),
        }
        if trade.paid_at is None:
            return told
        return told | {"send_pay_date": _written(trade.paid_at), "buyer_user_id": trade.buyer}

    def _close(self, content: dict[str, Any], _: str) -> dict[str, Any]:
        trade = self._known(content["out_trade_no"])
        if trade.status != "WAIT_BUYER_PAY":
            raise No("ACQ.TRADE_STATUS_ERROR")
        trade.status = "TRADE_CLOSED"
        return {"trade_no": trade.trade_no, "out_trade_no": trade.number}

    def _refund(self, content: dict[str, Any], _: str) -> dict[str, Any]:
        trade, amount = self._known(content["out_trade_no"]), fen(content["refund_amount"])
        known = trade.refunds.get(content["out_request_no"])
        if known is not None and known != amount:
            raise No("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
        if known is None:
            if trade.paid_at is None:
                raise No("ACQ.TRADE_STATUS_ERROR")
            if amount <= 0 or sum(trade.refunds.values()) + amount > trade.total:
                raise No("ACQ.REFUND_CHARGE_ERROR" if amount <= 0 else "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
            trade.refunds[content["out_request_no"]] = amount
            if sum(trade.refunds.values()) == trade.total:
                trade.status = "TRADE_CLOSED"
            self._tell(trade, gmt_refund=_written(self._now()), refund_fee=yuan(sum(trade.refunds.values())))
        return {
            "trade_no": trade.trade_no,
            "out_trade_no": trade.number,
            "fund_change": "Y" if known is None else "N",
            "refund_fee": yuan(sum(trade.refunds.values())),
            "gmt_refund_pay": _written(self._now()),
        }

    def _query_refund(self, content: dict[str, Any], _: str) -> dict[str, Any]:
        trade = self._known(content["out_trade_no"])
        told = {"trade_no": trade.trade_no, "out_trade_no": trade.number}
        amount = trade.refunds.get(content["out_request_no"])
        if amount is None:
            return told
        return told | {
            "out_request_no": content["out_request_no"],
            "total_amount": yuan(trade.total),
            "refund_amount": yuan(amount),
            "refund_status": "REFUND_SUCCESS",
        }

    def _known(self, number: str) -> Trade:
        trade = self.trades.get(number)
        if trade is None or not trade.is_open:
            raise No("ACQ.TRADE_NOT_EXIST")
        return trade


def fen(text: Any) -> int:
    """An amount in fen; Alipay takes numbers as well as text.

    Raises:
        ValueError: it is none, or finer than a fen.
    """
    whole, _, part = str(text).partition(".")
    if not (whole + part).isdigit() or len(part) > 2:
        raise ValueError(text)
    return int(whole) * 100 + int(part.ljust(2, "0"))


def yuan(minor: int) -> str:
    """An amount as Alipay writes it."""
    return f"{minor // 100}.{minor % 100:02d}"


def _written(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
