"""Transfers to people at the stand-in for WeChat Pay: they say yes within 24 hours, or it fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.standins.wechat_pay_books import No
from app.standins.wechat_pay_keys import Vault

CONFIRMED_WITHIN = timedelta(hours=24)
MOST_BILLS = 10_000
NAMED_FROM = 200_000
"""From how many fen on the person's name is wanted."""
FINAL = frozenset({"SUCCESS", "FAIL", "CANCELLED"})

Tell = Callable[[str, str, str, dict[str, Any]], None]


class Transfers:
    """What merchants sent to people."""

    def __init__(self, vault: Vault, now: Callable[[], datetime], tell: Tell) -> None:
        self._vault, self._now, self._tell = vault, now, tell
        self.bills: dict[str, dict[str, Any]] = {}
        self.names: dict[str, str] = {}
        """The name that the merchant gave, by its number of the transfer."""
        self.is_out_of_money = False

    def calls(self) -> list[tuple[str, str, Callable[[Any], tuple[int, dict[str, Any]]]]]:
        path = "/v3/fund-app/mch-transfer/transfer-bills"
        return [
            ("POST", path, self._begin),
            ("GET", f"{path}/out-bill-no/{{number}}", self._query),
            ("POST", f"{path}/out-bill-no/{{number}}/cancel", self._cancel),
        ]

    def confirm(self, out_bill_no: str) -> None:
        """The person says yes in WeChat, and has the money."""
        bill = self._now_standing(self.bills[out_bill_no])
        if bill["state"] != "WAIT_USER_CONFIRM":
            raise No(400, "INVALID_REQUEST", "单据状态不允许确认")
        self._end(bill, "SUCCESS")

    async def confirmed(self, request: Request) -> Response:
        """What the sheet of `requestMerchantTransfer` sends when the person says yes to the package of a transfer."""
        package = request.query_params.get("package", "")
        number = next((number for number, bill in self.bills.items() if bill.get("package_info") == package), None)
        if number is None or self._now_standing(self.bills[number])["state"] != "WAIT_USER_CONFIRM":
            return JSONResponse({"code": "NOT_FOUND"}, 404)
        self.confirm(number)
        return JSONResponse({"state": "SUCCESS"})

    def fail(self, out_bill_no: str, reason: str = "PAYEE_ACCOUNT_ABNORMAL") -> None:
        """The person cannot be paid."""
        self._end(self.bills[out_bill_no], "FAIL", reason)

    def _begin(self, call: Any) -> tuple[int, dict[str, Any]]:
        said = call.content
        bill = self.bills.get(said["out_bill_no"])
        if bill is not None and (bill["transfer_amount"], bill["openid"]) != (said["transfer_amount"], said["openid"]):
            raise No(400, "ALREADY_EXISTS", "商户单号已存在且参数不一致")
        if bill is None:
            self._check(said)
            bill = self.bills[said["out_bill_no"]] = {
                "out_bill_no": said["out_bill_no"],
                "transfer_bill_no": f"13300{token_hex(11)}",
                "appid": said["appid"],
                "state": "WAIT_USER_CONFIRM",
                "transfer_amount": said["transfer_amount"],
                "transfer_remark": said["transfer_remark"],
                "openid": said["openid"],
                "create_time": self._now().isoformat(),
                "update_time": self._now().isoformat(),
                "package_info": f"ABBQO+{token_hex(16)}",
                "notify_url": said.get("notify_url", ""),
            }
            while len(self.bills) > MOST_BILLS:
                del self.bills[next(iter(self.bills))]
        names = ("out_bill_no", "transfer_bill_no", "create_time", "state", "package_info")
        return 200, {name: bill[name] for name in names if name in bill}

    def _check(self, said: dict[str, Any]) -> None:
        if said["transfer_amount"] <= 0 or not said["openid"] or not said["transfer_scene_id"]:
            raise No(400, "PARAM_ERROR", "参数错误")
        if said["transfer_amount"] >= NAMED_FROM and "user_name" not in said:
            raise No(400, "PARAM_ERROR", "转账金额>=2000元时收款用户姓名必填")
        if "user_name" in said:
            self.names[said["out_bill_no"]] = self._vault.opened(said["user_name"])
        if self.is_out_of_money:
            raise No(403, "NOT_ENOUGH", "商户账户余额不足")

    def _query(self, call: Any) -> tuple[int, dict[str, Any]]:
        told = self._now_standing(self._known(call.path["number"]))
        return 200, {name: value for name, value in told.items() if name not in {"notify_url", "package_info"}}

    def _cancel(self, call: Any) -> tuple[int, dict[str, Any]]:
        bill = self._now_standing(self._known(call.path["number"]))
        if bill["state"] not in {"WAIT_USER_CONFIRM", "CANCELLED"}:
            raise No(400, "INVALID_REQUEST", "单据状态不允许撤销")
        if bill["state"] != "CANCELLED":
            self._end(bill, "CANCELLED")
        return 200, {name: bill[name] for name in ("out_bill_no", "transfer_bill_no", "state", "update_time")}

    def _known(self, number: str) -> dict[str, Any]:
        bill = self.bills.get(number)
        if bill is None:
            raise No(404, "NOT_FOUND", "记录不存在")
        return bill

    def _now_standing(self, bill: dict[str, Any]) -> dict[str, Any]:
        waits = bill["state"] == "WAIT_USER_CONFIRM"
        if waits and self._now() - datetime.fromisoformat(bill["create_time"]) >= CONFIRMED_WITHIN:
            self._end(bill, "FAIL", "OVERDUE_CLOSE")
        return bill

    def _end(self, bill: dict[str, Any], state: str, reason: str | None = None) -> None:
        if bill["state"] in FINAL:
            return
        bill |= {"state": state, "update_time": self._now().isoformat()}
        bill |= {"fail_reason": reason} if reason else {}
        bill.pop("package_info", None)
        names = ("out_bill_no", "transfer_bill_no", "state", "transfer_amount", "openid", "create_time", "update_time")
        told = {name: bill[name] for name in names} | ({"fail_reason": reason} if reason else {})
        self._tell(bill["notify_url"], "MCHTRANSFER.BILL.FINISHED", "mch_payment", told)
