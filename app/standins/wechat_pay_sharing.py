"""Profit sharing at the stand-in for WeChat Pay, with the limits of product rules 2.11."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from app.standins.wechat_pay_books import No, Shared, Trade

MOST_BP = 3_000
STARTS_AFTER = timedelta(minutes=1)
MOST_RECEIVERS, MOST_SHARES = 50, 50
MOST_RETURNS, RETURNS_WITHIN = 20, timedelta(days=180)


class Sharing:
    """Who may get parts, and who got which."""

    def __init__(self, app_id: str, trades: Mapping[str, Trade], now: Callable[[], datetime]) -> None:
        self._app_id, self._trades, self._now = app_id, trades, now
        self.receivers: set[tuple[str, str]] = set()
        """Type and account of each."""
        self.takes_time = False
        """Whether parts stay PENDING until `finish`."""
        self.poor: set[str] = set()
        """Merchants that have nothing to give back from."""

    def calls(self) -> list[tuple[str, str, Callable[[Any], tuple[int, dict[str, Any]]]]]:
        orders, returns = "/v3/profitsharing/orders", "/v3/profitsharing/return-orders"
        return [
            ("POST", "/v3/profitsharing/receivers/add", self._add),
            ("POST", orders, self._share),
            ("POST", f"{orders}/unfreeze", self._unfreeze),
            ("GET", f"{orders}/{{number}}", self._query),
            ("POST", returns, self._return),
            ("GET", f"{returns}/{{number}}", self._query_return),
        ]

    def finish(self, out_order_no: str, result: str = "SUCCESS") -> None:
        """The receivers got their parts, or never will: CLOSED."""
        for part in self._known(out_order_no)[1].receivers:
            part["result"] = result

    def _add(self, call: Any) -> tuple[int, dict[str, Any]]:
        said = call.content
        if said["appid"] != self._app_id or said["type"] not in {"MERCHANT_ID", "PERSONAL_OPENID"}:
            raise No(400, "PARAM_ERROR", "接收方类型无效")
        self.receivers.add((said["type"], said["account"]))
        return 200, {name: said[name] for name in ("type", "account", "relation_type")}

    def _share(self, call: Any) -> tuple[int, dict[str, Any]]:
        said = call.content
        trade = self._paid(said["transaction_id"])
        if (known := trade.shares.get(said["out_order_no"])) is not None:
            if known.asked != said:
                raise No(400, "PARAM_ERROR", "分账单号已使用且参数不一致")
            return 200, _told(trade, known)
        self._check(trade, said["receivers"])
        parts = [{**part, "is_merchants_own": False, "result": "PENDING"} for part in said["receivers"]]
        share = trade.shares[said["out_order_no"]] = Shared(said["out_order_no"], f"30080{token_hex(11)}", said, parts)
        trade.is_unfrozen = bool(said["unfreeze_unsplit"])
        told = _told(trade, share)
        if not self.takes_time:
            self.finish(share.out_order_no)
        return 200, told

    def _check(self, trade: Trade, receivers: list[dict[str, Any]]) -> None:
        if trade.is_unfrozen:
            raise No(403, "NOT_SHARE_ORDER", "订单剩余资金已解冻")
        if self._now() - (trade.paid_at or self._now()) < STARTS_AFTER:
            raise No(400, "INVALID_REQUEST", "订单支付成功1分钟后才可分账")
        if not 1 <= len(receivers) <= MOST_RECEIVERS or len(trade.shares) >= MOST_SHARES:
            raise No(400, "PARAM_ERROR", "分账接收方数量超过限制")
        if any((part["type"], part["account"]) not in self.receivers for part in receivers):
            raise No(400, "INVALID_REQUEST", "分账接收方未添加")
        wanted = sum(part["amount"] for part in receivers)
        if any(part["amount"] <= 0 for part in receivers) or trade.shared() + wanted > trade.total * MOST_BP // 10_000:
            raise No(403, "RULE_LIMIT", "分账金额超过最大分账比例")

    def _unfreeze(self, call: Any) -> tuple[int, dict[str, Any]]:
        said = call.content
        trade = self._paid(said["transaction_id"])
        share = trade.shares.get(said["out_order_no"])
        if share is None:
            if trade.is_unfrozen:
                raise No(403, "NOT_SHARE_ORDER", "订单剩余资金已解冻")
            rest = {
                "type": "MERCHANT_ID",
                "account": trade.asked["mchid"],
                "amount": trade.total - trade.shared() - trade.given_back(),
                "description": said["description"],
                "is_merchants_own": True,
                "result": "SUCCESS",
            }
            share = Shared(said["out_order_no"], f"30080{token_hex(11)}", said, [rest])
            trade.shares[share.out_order_no], trade.is_unfrozen = share, True
        return 200, _told(trade, share)

    def _query(self, call: Any) -> tuple[int, dict[str, Any]]:
        trade = self._paid(call.query["transaction_id"])
        share = trade.shares.get(call.path["number"])
        if share is None:
            raise No(404, "RESOURCE_NOT_EXISTS", "分账单不存在")
        return 200, _told(trade, share)

    def _return(self, call: Any) -> tuple[int, dict[str, Any]]:
        said = call.content
        trade, share = self._known(said["out_order_no"])
        if (known := share.returns.get(said["out_return_no"])) is not None:
            return 200, known
        self._check_return(trade, share, said)
        share.returns[said["out_return_no"]] = told = {
            "order_id": share.order_id,
            "out_order_no": share.out_order_no,
            "out_return_no": said["out_return_no"],
            "return_id": f"30110{token_hex(11)}",
            "return_mchid": said["return_mchid"],
            "amount": said["amount"],
            "description": said["description"],
            "result": "SUCCESS",
            "create_time": self._now().isoformat(),
            "finish_time": self._now().isoformat(),
        }
        return 200, told

    def _check_return(self, trade: Trade, share: Shared, said: dict[str, Any]) -> None:
        account = said["return_mchid"]
        got = [p for p in share.receivers if (p["type"], p["account"]) == ("MERCHANT_ID", account)]
        back = [told for told in share.returns.values() if told["return_mchid"] == account]
        if not got:
            raise No(400, "INVALID_REQUEST", "该接收方不支持回退")
        if self._now() - (trade.paid_at or self._now()) > RETURNS_WITHIN:
            raise No(400, "INVALID_REQUEST", "已超过回退期限")
        if len(back) >= MOST_RETURNS:
            raise No(400, "INVALID_REQUEST", "回退次数超过限制")
        if sum(t["amount"] for t in back) + said["amount"] > sum(p["amount"] for p in got if p["result"] == "SUCCESS"):
            raise No(400, "INVALID_REQUEST", "回退金额超过分账金额")
        if account in self.poor:
            raise No(403, "NOT_ENOUGH", "回退方余额不足")

    def _query_return(self, call: Any) -> tuple[int, dict[str, Any]]:
        _, share = self._known(call.query["out_order_no"])
        told = share.returns.get(call.path["number"])
        if told is None:
            raise No(404, "RESOURCE_NOT_EXISTS", "回退单不存在")
        return 200, told

    def _paid(self, transaction_id: str) -> Trade:
        for trade in self._trades.values():
            if trade.transaction_id == transaction_id and trade.paid_at is not None:
                if not trade.shares_profit:
                    raise No(403, "NOT_SHARE_ORDER", "非分账订单不支持分账")
                return trade
        raise No(404, "RESOURCE_NOT_EXISTS", "订单不存在")

    def _known(self, out_order_no: str) -> tuple[Trade, Shared]:
        for trade in self._trades.values():
            if (share := trade.shares.get(out_order_no)) is not None:
                return trade, share
        raise No(404, "RESOURCE_NOT_EXISTS", "分账单不存在")


def _told(trade: Trade, share: Shared) -> dict[str, Any]:
    names = ("type", "account", "amount", "description", "result")
    return {
        "transaction_id": trade.transaction_id,
        "out_order_no": share.out_order_no,
        "order_id": share.order_id,
        "state": "PROCESSING" if any(part["result"] == "PENDING" for part in share.receivers) else "FINISHED",
        "receivers": [{name: part[name] for name in names} for part in share.receivers],
    }
