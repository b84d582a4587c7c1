"""The sandbox payment provider: it takes orders to be paid, lets the payer confirm, and notifies us, signed.

It stands where a real provider would: another party, reached over HTTP only. It forgets everything with its process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import Any

import httpx
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.standins.telling import Telling
from domain.gateways import SignatureWrong
from providers.payments_sandbox import check, signed

MOST_TRANSACTIONS = 10_000


@dataclass
class Refunded:
    """A refund as the provider knows it."""

    out_refund_no: str
    amount: int
    reason: str
    notify_url: str
    refund_id: str
    at: datetime
    state: str = "SUCCEEDED"


@dataclass
class Transaction:
    """A payment as the provider knows it."""

    out_trade_no: str
    amount: int
    currency: str
    notify_url: str
    transaction_id: str
    paid_at: datetime | None = None
    is_closed: bool = False
    refunds: dict[str, Refunded] = field(default_factory=dict)


class _No(Exception):
    """What the provider says instead of doing it."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class SandboxBank:
    """The provider's books, and its way of telling merchants."""

    def __init__(self, secret: str, client: httpx.AsyncClient, now: Callable[[], datetime]) -> None:
        self._secret, self._client, self._now = secret, client, now
        self._transactions: dict[str, Transaction] = {}
        self.telling = Telling()
        self.refunds_take_time = False
        """Whether refunds are only begun when asked for, and told of when `finish_refund` is called."""
        self.is_down = False
        """Whether it does what it is asked, and says only 500."""

    def app(self) -> Starlette:
        """The provider's HTTP interface."""
        asked = {
            "/transactions": self._create,
            "/transactions/query": self._query,
            "/transactions/close": self._close,
            "/refunds": self._refund,
            "/refunds/query": self._query_refund,
        }
        routes = [Route(path, self._merchants(does), methods=["POST"]) for path, does in asked.items()]
        return Starlette(routes=[*routes, Route("/transactions/{number}/confirm", self.confirm, methods=["POST"])])

    async def confirm(self, request: Request) -> Response:
        """The payer confirms in the payment sheet: the money is taken and the merchant is told."""
        transaction = self._transactions.get(request.path_params["number"])
        if transaction is None:
            return JSONResponse({"code": "NOT_FOUND"}, 404)
        if transaction.is_closed:
            return JSONResponse({"code": "ORDER_CLOSED"}, 409)
        transaction.paid_at = transaction.paid_at or self._now()
        self._tell(transaction.notify_url, _paid(transaction))
        return JSONResponse({"state": "PAID"}, headers={"access-control-allow-origin": "*"})

    async def all_told(self) -> None:
        """Wait until every merchant heard, or will not."""
        await self.telling.all_told()

    def finish_refund(self, out_refund_no: str, state: str = "SUCCEEDED") -> None:
        """The money arrived, or never will: CLOSED, ABNORMAL."""
        for transaction in self._transactions.values():
            if (refund := transaction.refunds.get(out_refund_no)) is not None:
                refund.state, refund.at = state, self._now()
                self._tell(refund.notify_url, _refunded(transaction, refund))

    def _merchants(self, does: Callable[[dict[str, Any], str], dict[str, Any]]) -> Any:
        async def answer(request: Request) -> Response:
            body = await request.body()
            try:
                check(self._secret, request.headers, body, self._now())
                given = does(orjson.loads(body), str(request.scope.get("root_path", "")))
            except SignatureWrong:
                return JSONResponse({"code": "SIGN_ERROR"}, 401)
            except (ValueError, KeyError, TypeError):
                return JSONResponse({"code": "PARAM_ERROR"}, 400)
            except _No as no:
                return JSONResponse({"code": no.code}, no.status)
            return JSONResponse({"code": "SYSTEM_ERROR"}, 500) if self.is_down else JSONResponse(given)

        return answer

    def _create(self, said: dict[str, Any], root: str) -> dict[str, Any]:
        """A merchant announces a payment; the same number again is the same payment."""
        new = Transaction(
            said["out_trade_no"], said["amount"], said["currency"], said["notify_url"], f"SBX{token_hex(12)}"
        )
        known = self._transactions.setdefault(new.out_trade_no, new)
        if (known.amount, known.currency) != (new.amount, new.currency):
            raise _No(403, "OUT_TRADE_NO_USED")
        if known.is_closed:
            raise _No(400, "ORDER_CLOSED")
        while len(self._transactions) > MOST_TRANSACTIONS:
            del self._transactions[next(iter(self._transactions))]
        return {
            "transaction_id": known.transaction_id,
            "confirm_url": f"{root}/transactions/{known.out_trade_no}/confirm",
        }

    def _query(self, said: dict[str, Any], _: str) -> dict[str, Any]:
        return _paid(self._known(said))

    def _close(self, said: dict[str, Any], _: str) -> dict[str, Any]:
        transaction = self._known(said)
        if transaction.paid_at is not None:
            raise _No(400, "ORDER_PAID")
        transaction.is_closed = True
        return {"state": "CLOSED"}

    def _refund(self, said: dict[str, Any], _: str) -> dict[str, Any]:
        """A merchant gives money back; the same number again is the same refund."""
        transaction = self._known(said)
        new = Refunded(
            said["out_refund_no"],
            said["amount"],
            said["reason"],
            said["notify_url"],
            f"SBR{token_hex(12)}",
            self._now(),
            "PROCESSING" if self.refunds_take_time else "SUCCEEDED",
        )
        known = transaction.refunds.get(new.out_refund_no)
        if known is None:
            _check_refund(transaction, new, said["total"])
            known = transaction.refunds[new.out_refund_no] = new
            if known.state == "SUCCEEDED":
                self._tell(known.notify_url, _refunded(transaction, known))
        elif known.amount != new.amount:
            raise _No(400, "OUT_REFUND_NO_USED")
        return _refunded(transaction, known)

    def _query_refund(self, said: dict[str, Any], _: str) -> dict[str, Any]:
        transaction = self._known(said)
        refund = transaction.refunds.get(said["out_refund_no"])
        if refund is None:
            raise _No(404, "NOT_FOUND")
        return _refunded(transaction, refund)

    def _known(self, said: dict[str, Any]) -> Transaction:
        transaction = self._transactions.get(said["out_trade_no"])
        if transaction is None:
            raise _No(404, "NOT_FOUND")
        return transaction

    def _tell(self, url: str, said: dict[str, Any]) -> None:
        message, body = f"MSG{token_hex(12)}", orjson.dumps(said)

        async def send() -> bool:
            headers = signed(self._secret, message, body, self._now())
            try:
                answer = await self._client.post(url, content=body, headers=headers)
            except httpx.HTTPError:
                return False
            return answer.is_success

        self.telling.tell(str(said["out_trade_no"]), send)


def _check_refund(transaction: Transaction, new: Refunded, total: int) -> None:
    given_back = sum(refund.amount for refund in transaction.refunds.values() if refund.state != "CLOSED")
    if transaction.paid_at is None:
        raise _No(400, "NOT_PAID")
    if new.amount <= 0 or total != transaction.amount or given_back + new.amount > transaction.amount:
        raise _No(400, "REFUND_EXCEEDS_TOTAL")


def _paid(transaction: Transaction) -> dict[str, Any]:
    return {
        "out_trade_no": transaction.out_trade_no,
        "transaction_id": transaction.transaction_id,
        "amount": transaction.amount,
        "currency": transaction.currency,
        "paid_at": transaction.paid_at.isoformat() if transaction.paid_at else None,
    }


def _refunded(transaction: Transaction, refund: Refunded) -> dict[str, Any]:
    return {
        "out_trade_no": transaction.out_trade_no,
        "out_refund_no": refund.out_refund_no,
        "refund_id": refund.refund_id,
        "state": refund.state,
        "amount": refund.amount,
        "currency": transaction.currency,
        "at": refund.at.isoformat(),
    }
