"""A stand-in for WeChat Pay that speaks its third protocol: it checks the merchant's signature, and signs everything.

Errors, limits and states are those of api.mch.weixin.qq.com. It forgets everything with its process. What a payer
does in WeChat is done by `pay`, or by a POST to the address of an H5 payment.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from app.standins.telling import Telling
from app.standins.wechat_pay_books import (
    No,
    Refund,
    Trade,
    TradeState,
    check_refund,
    refund_notified,
    refund_told,
)
from app.standins.wechat_pay_keys import Said, Vault, is_signed
from app.standins.wechat_pay_sharing import Sharing
from app.standins.wechat_pay_transfers import Transfers

MOST_TRADES = 10_000
KINDS = {"jsapi": "JSAPI", "h5": "MWEB", "native": "NATIVE"}


@dataclass(frozen=True)
class Account:
    """The one merchant that the stand-in knows."""

    app_id: str
    merchant_id: str
    serial: str
    key: RSAPublicKey
    api_key: bytes


@dataclass
class Call:
    """A call of the merchant whose signature is right."""

    content: dict[str, Any]
    path: dict[str, Any]
    query: dict[str, str]
    base_url: str


Answer = tuple[int, dict[str, Any] | None]


class WechatPayStandIn:
    """WeChat Pay for one merchant."""

    def __init__(
        self, account: Account, key: RSAPrivateKey, client: httpx.AsyncClient, now: Callable[[], datetime]
    ) -> None:
        self.account, self._client, self._now = account, client, now
        self.vault = Vault(account.api_key, key, now)
        self.telling = Telling()
        self.trades: dict[str, Trade] = {}
        self.prepays: dict[str, str] = {}
        """The merchant's number of a payment, by prepay id, and by the address of a QR code."""
        self.sharing = Sharing(account.app_id, self.trades, now)
        self.transfers = Transfers(self.vault, now, self.tell)
        self.is_down = False
        """Whether it does what it is asked, and says only SYSTEM_ERROR."""
        self.refunds_take_time = False
        """Whether refunds stay PROCESSING until `finish_refund`."""
        self.is_out_of_money = False
        """Whether the merchant's account is too empty for refunds."""

    def app(self) -> Starlette:
        """The platform's HTTP interface, and the payer's."""
        pay, refunds = "/v3/pay/transactions", "/v3/refund/domestic/refunds"
        calls: list[tuple[str, str, Callable[[Call], Answer]]] = [
            *(("POST", f"{pay}/{kind}", self._announcing(kind)) for kind in KINDS),
            ("GET", f"{pay}/out-trade-no/{{number}}", self._query),
            ("POST", f"{pay}/out-trade-no/{{number}}/close", self._close),
            ("POST", refunds, self._refund),
            ("GET", f"{refunds}/{{number}}", self._query_refund),
            ("GET", "/v3/certificates", lambda _: (200, {"data": self.vault.certificates()})),
            *self.sharing.calls(),
            *self.transfers.calls(),
        ]
        routes = [Route(path, self._merchants(does), methods=[method]) for method, path, does in calls]
        payers = [
            Route("/cashier", self._cashier, methods=["GET", "POST"]),
            Route("/transfers/confirm", self.transfers.confirmed, methods=["POST"]),
        ]
        return Starlette(routes=[*routes, *payers])

    async def all_told(self) -> None:
        """Wait until the merchant heard everything, or will not."""
        await self.telling.all_told()

    def pay(self, number: str, payer: str = "o-payer") -> Trade:
        """The payer says yes: the money is taken and the merchant is told.

        Raises:
            No: it cannot be paid (any more).
        """
        trade = self._known(number)
        if trade.state is TradeState.CLOSED or self._is_over(trade):
            raise No(400, "ORDER_CLOSED", "订单已关闭")
        if trade.paid_at is None:
            trade.state, trade.paid_at = TradeState.SUCCESS, self._now()
            trade.payer = trade.asked.get("payer", {}).get("openid") or payer
            self.tell(trade.asked["notify_url"], "TRANSACTION.SUCCESS", "transaction", trade.told())
        return trade

    def finish_refund(self, out_refund_no: str, status: str = "SUCCESS") -> None:
        """The money arrived, or never will: CLOSED, ABNORMAL."""
        trade, refund = self._refund_of(out_refund_no)
        refund.status, refund.at = status, self._now()
        self.tell(refund.notify_url, f"REFUND.{status}", "refund", refund_notified(trade, refund))

    def tell(self, url: str, kind: str, original: str, content: dict[str, Any]) -> None:
        """Notify the merchant, as often as it takes; every time signed anew, with the same id."""
        body = self.notification(kind, original, content)

        async def send() -> bool:
            try:
                answer = await self._client.post(url, content=body, headers=self.vault.headers(body))
            except httpx.HTTPError:
                return False
            return answer.status_code in {200, 204}

        self.telling.tell(f"{kind} {content.get('out_trade_no', '')}", send)

    def notification(self, kind: str, original: str, content: dict[str, Any]) -> bytes:
        """The body of a notification, its content encrypted. `vault.headers` signs it."""
        return orjson.dumps(
            {
                "id": f"EV-{token_hex(12)}",
                "create_time": self._now().isoformat(),
                "resource_type": "encrypt-resource",
                "event_type": kind,
                "summary": "支付成功" if original == "transaction" else kind,
                "resource": self.vault.sealed(orjson.dumps(content), original),
            }
        )

    def _merchants(self, does: Callable[[Call], Answer]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            status, content = await self._answer(request, does)
            body = b"" if content is None else orjson.dumps(content)
            return Response(body, status, self.vault.headers(body))

        return answer

    async def _answer(self, request: Request, does: Callable[[Call], Answer]) -> Answer:
        root = str(request.scope.get("root_path", ""))
        path = request.url.path.removeprefix(root) + (f"?{request.url.query}" if request.url.query else "")
        said = Said(request.method, path, request.headers.get("authorization", ""), await request.body())
        account = self.account
        expected = {"mchid": account.merchant_id, "serial_no": account.serial}
        if not is_signed(account.key, expected, said, self._now()):
            return 401, {"code": "SIGN_ERROR", "message": "签名错误"}
        try:
            call = Call(
                said.content(),
                request.path_params,
                dict(request.query_params),
                f"{request.url.scheme}://{request.url.netloc}{root}",
            )
            answered = does(call)
        except No as no:
            return no.status, {"code": no.code, "message": no.message}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return 400, {"code": "PARAM_ERROR", "message": f"参数错误 {error}"}
        return (500, {"code": "SYSTEM_ERROR", "message": "系统异常"}) if self.is_down else answered

    def _announcing(self, kind: str) -> Callable[[Call], Answer]:
        def announce(call: Call) -> Answer:
            self._check_announced(kind, call.content)
            trade = self._announced(Trade(call.content, KINDS[kind], f"42000{token_hex(11)}"))
            prepay_id = f"wx{token_hex(16)}"
            self.prepays[prepay_id] = trade.number
            if kind == "jsapi":
                return 200, {"prepay_id": prepay_id}
            if kind == "h5":
                return 200, {"h5_url": f"{call.base_url}/cashier?prepay_id={prepay_id}"}
            code_url = f"weixin://wxpay/bizpayurl?pr={prepay_id[-9:]}"
            self.prepays[code_url] = trade.number
            return 200, {"code_url": code_url}

        return announce

    def _check_announced(self, kind: str, said: dict[str, Any]) -> None:
        if (said["appid"], said["mchid"]) != (self.account.app_id, self.account.merchant_id):
            raise No(400, "APPID_MCHID_NOT_MATCH", "appid和mchid不匹配")
        if not said["description"] or not said["notify_url"] or not 6 <= len(said["out_trade_no"]) <= 32:
            raise No(400, "PARAM_ERROR", "缺少必填参数")
        if not isinstance(said["amount"]["total"], int) or said["amount"]["total"] <= 0:
            raise No(400, "PARAM_ERROR", "金额无效")
        if "time_expire" in said and _left(said["time_expire"], self._now()) <= timedelta(minutes=1):
            raise No(400, "PARAM_ERROR", "订单失效时间需晚于当前时间1分钟")
        if kind == "jsapi" and not said["payer"]["openid"]:
            raise No(400, "PARAM_ERROR", "缺少openid")
        if kind == "h5" and not said["scene_info"]["payer_client_ip"]:
            raise No(400, "PARAM_ERROR", "缺少payer_client_ip")

    def _announced(self, new: Trade) -> Trade:
        known = self.trades.setdefault(new.number, new)
        if known.paid_at is not None:
            raise No(400, "ORDERPAID", "该订单已支付")
        if known.state is TradeState.CLOSED:
            raise No(400, "ORDER_CLOSED", "该订单已关闭")
        if known.asked["amount"] != new.asked["amount"] or known.kind != new.kind:
            raise No(403, "OUT_TRADE_NO_USED", "商户订单号重复")
        for books in (self.trades, self.prepays):
            while len(books) > 2 * MOST_TRADES:
                del books[next(iter(books))]
        return known

    def _query(self, call: Call) -> Answer:
        if call.query.get("mchid") != self.account.merchant_id:
            raise No(400, "PARAM_ERROR", "缺少mchid")
        trade = self._known(call.path["number"])
        if trade.state is TradeState.NOTPAY and self._is_over(trade):
            trade.state = TradeState.CLOSED
        return 200, trade.told()

    def _close(self, call: Call) -> Answer:
        trade = self._known(call.path["number"])
        if trade.paid_at is not None:
            raise No(400, "ORDERPAID", "该订单已支付")
        if trade.state is TradeState.CLOSED:
            raise No(400, "ORDER_CLOSED", "该订单已关闭")
        trade.state = TradeState.CLOSED
        return 204, None

    def _refund(self, call: Call) -> Answer:
        said = call.content
        trade = self._known(said.get("out_trade_no") or self._number_of(said["transaction_id"]))
        known = trade.refunds.get(said["out_refund_no"])
        if known is not None and known.amount != said["amount"]["refund"]:
            raise No(400, "INVALID_REQUEST", "退款单号已使用且参数不一致")
        refund = known or self._begin_refund(trade, said)
        told = refund_told(trade, refund)
        if known is None and not self.refunds_take_time and not self.is_down:
            self.finish_refund(refund.out_refund_no)
        return 200, told

    def _begin_refund(self, trade: Trade, said: dict[str, Any]) -> Refund:
        check_refund(trade, said, self._now())
        if self.is_out_of_money:
            raise No(403, "NOT_ENOUGH", "基本账户余额不足")
        refund = Refund(
            said["out_refund_no"],
            said["amount"]["refund"],
            said.get("reason", ""),
            said.get("notify_url", ""),
            f"50300{token_hex(11)}",
            self._now(),
        )
        trade.refunds[refund.out_refund_no] = refund
        trade.state = TradeState.REFUND
        return refund

    def _query_refund(self, call: Call) -> Answer:
        return 200, refund_told(*self._refund_of(call.path["number"]))

    async def _cashier(self, request: Request) -> Response:
        """Where an H5 payment leads: the payer sees what it is for, and says yes."""
        number = self.prepays.get(request.query_params.get("prepay_id", ""))
        trade = self.trades.get(number or "")
        if trade is None:
            return JSONResponse({"code": "ORDER_NOT_EXIST"}, 404)
        if request.method == "GET":
            return HTMLResponse(f"<form method=post><button>¥ {trade.total / 100:.2f} 支付</button></form>")
        try:
            self.pay(trade.number)
        except No as no:
            return JSONResponse({"code": no.code}, 409)
        return JSONResponse({"state": "PAID"}, headers={"access-control-allow-origin": "*"})

    def _is_over(self, trade: Trade) -> bool:
        until = trade.asked.get("time_expire")
        return until is not None and _left(until, self._now()) <= timedelta()

    def _known(self, number: str) -> Trade:
        trade = self.trades.get(number)
        if trade is None:
            raise No(404, "ORDER_NOT_EXIST", "订单不存在")
        return trade

    def _number_of(self, transaction_id: str) -> str:
        return next((no for no, trade in self.trades.items() if trade.transaction_id == transaction_id), "")

    def _refund_of(self, out_refund_no: str) -> tuple[Trade, Refund]:
        for trade in self.trades.values():
            if (refund := trade.refunds.get(out_refund_no)) is not None:
                return trade, refund
        raise No(404, "RESOURCE_NOT_EXISTS", "退款单不存在")


def _left(until: str, now: datetime) -> timedelta:
    return datetime.fromisoformat(until) - now
