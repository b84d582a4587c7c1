"""WeChat Pay's transfers to people (商家转账): the person says yes in WeChat within 24 hours, or it fails."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.gateways import Transfer, TransferOutcome, TransferTold
from domain.money import Money
from providers.answers import answered
from providers.wechat_pay_channel import Channel

PATH = "/v3/fund-app/mch-transfer/transfer-bills"
OUTCOMES = {
    "ACCEPTED": TransferOutcome.PROCESSING,
    "PROCESSING": TransferOutcome.PROCESSING,
    "WAIT_USER_CONFIRM": TransferOutcome.AWAITING_PERSON,
    "TRANSFERING": TransferOutcome.PROCESSING,
    "CANCELING": TransferOutcome.PROCESSING,
    "SUCCESS": TransferOutcome.SUCCEEDED,
    "FAIL": TransferOutcome.FAILED,
    "CANCELLED": TransferOutcome.CANCELLED,
}


class WechatTransfers:
    """Pays people from the merchant's account."""

    def __init__(self, channel: Channel, notify_url: str) -> None:
        self._channel, self._notify_url = channel, notify_url

    @property
    def payer(self) -> tuple[str, str]:
        return self._channel.merchant.app_id, self._channel.merchant.merchant_id

    async def cancel_transfer(self, transfer: Transfer) -> None:
        await self._channel.ask("POST", f"{PATH}/out-bill-no/{transfer.id.hex}/cancel", {})

    async def transfer(self, transfer: Transfer) -> TransferTold:
        said: dict[str, Any] = {
            "appid": self._channel.merchant.app_id,
            "out_bill_no": transfer.id.hex,
            "transfer_scene_id": transfer.purpose,
            "openid": transfer.openid,
            "transfer_amount": transfer.amount.minor,
            "transfer_remark": transfer.remark[:32],
            "notify_url": self._notify_url,
            "transfer_scene_report_infos": [
                {"info_type": kind, "info_content": words} for kind, words in transfer.reports
            ],
        }
        if transfer.name is not None:
            said["user_name"] = await self._channel.sealed(transfer.name)
        answer = await self._channel.ask("POST", PATH, said)
        return self._told("answer", {"transfer_amount": transfer.amount.minor, **answer})

    async def query_transfer(self, transfer: Transfer) -> TransferTold | None:
        answer = await self._channel.find(f"{PATH}/out-bill-no/{transfer.id.hex}")
        return None if answer is None else self._told("query", answer)

    def _told(self, how: str, answer: dict[str, Any]) -> TransferTold:
        return answered(
            lambda: transfer_told(f"{how}-{answer['transfer_bill_no']}-{answer['state']}", answer, self._channel.now())
        )


def transfer_told(message: str, said: dict[str, Any], at: datetime) -> TransferTold:
    """How a transfer stands, from an answer or a notification.

    Raises:
        KeyError, ValueError, TypeError: it does not say so.
    """
    told_at = said.get("update_time") or said.get("create_time")
    return TransferTold(
        message,
        UUID(hex=said["out_bill_no"]),
        str(said["transfer_bill_no"]),
        OUTCOMES[said["state"]],
        Money(int(said["transfer_amount"]), "CNY"),
        datetime.fromisoformat(told_at) if told_at else at,
        said.get("package_info"),
        said.get("fail_reason"),
        said.get("openid"),
    )
