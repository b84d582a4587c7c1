"""The sandbox payment provider: it takes orders to be paid, lets the payer confirm, and notifies us, signed.

It stands where a real provider would: another party, reached over HTTP only. It forgets everything with its process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any

import httpx
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.payments import SignatureWrong
from providers.payments import check, signed

RETRY_AFTER_S = (0.2, 1.0, 3.0, 10.0)
MOST_TRANSACTIONS = 10_000

_logger = logging.getLogger("yutang.sandbox")


@dataclass
class Transaction:
    """A payment as the provider knows it."""

    out_trade_no: str
    amount: int
    currency: str
    notify_url: str
    transaction_id: str
    paid_at: datetime | None = None


class SandboxBank:
    """The provider's books, and its way of telling merchants."""

    def __init__(self, secret: str, client: httpx.AsyncClient, now: Callable[[], datetime]) -> None:
        self._secret, self._client, self._now = secret, client, now
        self._transactions: dict[str, Transaction] = {}
        self._tellings: set[asyncio.Task[None]] = set()

    def app(self) -> Starlette:
        """The provider's HTTP interface."""
        return Starlette(
            routes=[
                Route("/transactions", self.create, methods=["POST"]),
                Route("/transactions/{number}/confirm", self.confirm, methods=["POST"]),
            ]
        )

    async def create(self, request: Request) -> Response:
        """A merchant announces a payment; the same number again is the same payment."""
        body = await request.body()
        try:
            check(self._secret, request.headers, body, self._now())
            said = orjson.loads(body)
            new = Transaction(
                said["out_trade_no"], said["amount"], said["currency"], said["notify_url"], f"SBX{token_hex(12)}"
            )
        except SignatureWrong:
            return JSONResponse({"code": "SIGN_ERROR"}, 401)
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"code": "PARAM_ERROR"}, 400)
        known = self._transactions.setdefault(new.out_trade_no, new)
        if (known.amount, known.currency) != (new.amount, new.currency):
            return JSONResponse({"code": "OUT_TRADE_NO_USED"}, 403)
        while len(self._transactions) > MOST_TRANSACTIONS:
            del self._transactions[next(iter(self._transactions))]
        path = f"{request.scope.get('root_path', '')}/transactions/{known.out_trade_no}/confirm"
        return JSONResponse({"transaction_id": known.transaction_id, "confirm_url": path})

    async def confirm(self, request: Request) -> Response:
        """The payer confirms in the payment sheet: the money is taken and the merchant is told."""
        transaction = self._transactions.get(request.path_params["number"])
        if transaction is None:
            return JSONResponse({"code": "NOT_FOUND"}, 404)
        transaction.paid_at = transaction.paid_at or self._now()
        task = asyncio.create_task(self.tell(transaction))
        self._tellings.add(task)
        task.add_done_callback(self._tellings.discard)
        return JSONResponse({"state": "PAID"}, headers={"access-control-allow-origin": "*"})

    async def all_told(self) -> None:
        """Wait until every merchant heard, or will not."""
        await asyncio.gather(*self._tellings)

    async def tell(self, transaction: Transaction) -> None:
        """Notify the merchant until it says that it heard, a few times at most."""
        message = f"MSG{token_hex(12)}"
        for pause in (0.0, *RETRY_AFTER_S):
            await asyncio.sleep(pause)
            if await self._heard(transaction, message):
                return
        _logger.warning("the merchant did not hear of %s", transaction.out_trade_no)

    async def _heard(self, transaction: Transaction, message: str) -> bool:
        body = orjson.dumps(self._notification(transaction))
        try:
            answer = await self._client.post(
                transaction.notify_url, content=body, headers=signed(self._secret, message, body, self._now())
            )
        except httpx.HTTPError:
            return False
        return answer.is_success

    @staticmethod
    def _notification(transaction: Transaction) -> dict[str, Any]:
        return {
            "out_trade_no": transaction.out_trade_no,
            "transaction_id": transaction.transaction_id,
            "amount": transaction.amount,
            "currency": transaction.currency,
            "paid_at": transaction.paid_at.isoformat() if transaction.paid_at else None,
        }
