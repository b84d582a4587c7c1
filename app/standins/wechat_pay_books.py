"""The books of the stand-in for WeChat Pay: what was asked for, paid, given back, shared and transferred."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

MOST_REFUNDS, BETWEEN_REFUNDS, REFUNDS_WITHIN = 50, timedelta(minutes=1), timedelta(days=365)


class No(Exception):
    """What WeChat Pay says instead of doing it."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


class TradeState(Enum):
    NOTPAY = "NOTPAY"
    SUCCESS = "SUCCESS"
    REFUND = "REFUND"
    CLOSED = "CLOSED"


@dataclass
class Refund:
    """`status`: PROCESSING, SUCCESS, CLOSED or ABNORMAL."""

    out_refund_no: str
    amount: int
    reason: str
    notify_url: str
    refund_id: str
    created_at: datetime
    status: str = "PROCESSING"
    at: datetime | None = None


@dataclass
class Shared:
    """A sharing of a payment. `receivers`: as they were asked for, with a `result`."""

    out_order_no: str
    order_id: str
    asked: dict[str, Any]
    receivers: list[dict[str, Any]]
    returns: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Trade:
    """A payment as WeChat knows it. `asked` is what the merchant announced, to be the same when said again."""

    asked: dict[str, Any]
    kind: str
    transaction_id: str
    state: TradeState = TradeState.NOTPAY
    paid_at: datetime | None = None
    payer: str = ""
    refunds: dict[str, Refund] = field(default_factory=dict)
    shares: dict[str, Shared] = field(default_factory=dict)
    is_unfrozen: bool = False

    @property
    def number(self) -> str:
        return str(self.asked["out_trade_no"])

    @property
    def total(self) -> int:
        return int(self.asked["amount"]["total"])

    @property
    def shares_profit(self) -> bool:
        return bool(self.asked.get("settle_info", {}).get("profit_sharing"))

    def given_back(self) -> int:
        return sum(refund.amount for refund in self.refunds.values() if refund.status != "CLOSED")

    def shared(self) -> int:
        """What receivers have, without what was taken back."""
        given = sum(
            part["amount"]
            for share in self.shares.values()
            for part in share.receivers
            if part["result"] != "CLOSED" and not part["is_merchants_own"]
        )
        back = sum(part["amount"] for share in self.shares.values() for part in share.returns.values())
        return int(given - back)

    def told(self) -> dict[str, Any]:
        """The payment as queries and notifications tell it."""
        told = {
            "appid": self.asked["appid"],
            "mchid": self.asked["mchid"],
            "out_trade_no": self.number,
            "trade_state": self.state.value,
            "trade_state_desc": self.state.value,
            "amount": {"total": self.total, "currency": self.asked["amount"].get("currency", "CNY")},
        }
        if self.paid_at is None:
            return told
        told["amount"] |= {"payer_total": self.total, "payer_currency": "CNY"}
        return told | {
            "transaction_id": self.transaction_id,
            "trade_type": self.kind,
            "bank_type": "OTHERS",
            "attach": "",
            "success_time": self.paid_at.isoformat(),
            "payer": {"openid": self.payer},
        }


def check_refund(trade: Trade, wanted: dict[str, Any], now: datetime) -> None:
    """Hold a new refund to WeChat's limits (product rules 2.11).

    Raises:
        No: it is beyond one.
    """
    amount, total = wanted["amount"]["refund"], wanted["amount"]["total"]
    if trade.paid_at is None:
        raise No(400, "INVALID_REQUEST", "订单未支付")
    if total != trade.total or wanted["amount"]["currency"] != trade.asked["amount"].get("currency", "CNY"):
        raise No(400, "INVALID_REQUEST", "订单金额或币种与支付时不一致")
    if amount <= 0 or trade.given_back() + amount > trade.total:
        raise No(400, "INVALID_REQUEST", "退款金额大于可退金额")
    if now - trade.paid_at > REFUNDS_WITHIN:
        raise No(400, "INVALID_REQUEST", "订单已超过可退款的最大期限")
    if len(trade.refunds) >= MOST_REFUNDS:
        raise No(400, "INVALID_REQUEST", "部分退款次数超过50次")
    if any(now - refund.created_at < BETWEEN_REFUNDS for refund in trade.refunds.values()):
        raise No(429, "FREQUENCY_LIMITED", "同一订单退款间隔需大于1分钟")


def refund_told(trade: Trade, refund: Refund) -> dict[str, Any]:
    """A refund as answers tell it."""
    told = {
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "transaction_id": trade.transaction_id,
        "out_trade_no": trade.number,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": refund.created_at.isoformat(),
        "status": refund.status,
        "funds_account": "AVAILABLE",
        "amount": {
            "total": trade.total,
            "refund": refund.amount,
            "payer_total": trade.total,
            "payer_refund": refund.amount,
            "currency": trade.asked["amount"].get("currency", "CNY"),
        },
    }
    return told | ({"success_time": refund.at.isoformat()} if refund.at and refund.status == "SUCCESS" else {})


def refund_notified(trade: Trade, refund: Refund) -> dict[str, Any]:
    """A refund as notifications tell it, which name no currency."""
    told = refund_told(trade, refund)
    amount = {name: value for name, value in told["amount"].items() if name != "currency"}
    names = ("out_trade_no", "transaction_id", "out_refund_no", "refund_id", "success_time", "user_received_account")
    return {
        "mchid": trade.asked["mchid"],
        "refund_status": refund.status,
        "amount": amount,
        **{name: told[name] for name in names if name in told},
    }
