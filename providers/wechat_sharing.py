"""WeChat Pay's profit sharing (分账): parts of a payment for others, taking them back, and having the rest."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from domain.gateways import Receiver, Share, SharedPart, ShareOutcome, ShareReturn, ShareReturnTold, ShareTold
from domain.money import Money
from providers.answers import answered
from providers.wechat_pay_channel import Channel

ORDERS, RETURNS = "/v3/profitsharing/orders", "/v3/profitsharing/return-orders"
PART = {"PENDING": ShareOutcome.PROCESSING, "SUCCESS": ShareOutcome.SUCCEEDED, "CLOSED": ShareOutcome.CLOSED}
RETURN = {"PROCESSING": ShareOutcome.PROCESSING, "SUCCESS": ShareOutcome.SUCCEEDED, "FAILED": ShareOutcome.CLOSED}


class WechatSharing:
    """Shares what was paid with `shares_profit`."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    async def add_receiver(self, receiver: Receiver) -> None:
        said = {
            "appid": self._channel.merchant.app_id,
            "type": _kind(receiver),
            "account": receiver.account,
            "relation_type": "DISTRIBUTOR" if receiver.is_person else "PARTNER",
        }
        if receiver.name is not None:
            said["name"] = await self._channel.sealed(receiver.name)
        await self._channel.ask("POST", "/v3/profitsharing/receivers/add", said)

    async def share_profit(self, share: Share, *, unfreeze: bool = False) -> ShareTold:
        said = {
            "appid": self._channel.merchant.app_id,
            "transaction_id": share.transaction,
            "out_order_no": share.id.hex,
            "receivers": [
                {
                    "type": _kind(receiver),
                    "account": receiver.account,
                    "amount": receiver.amount.minor,
                    "description": receiver.description[:80],
                }
                for receiver in share.receivers
            ],
            "unfreeze_unsplit": unfreeze,
        }
        answer = await self._channel.ask("POST", ORDERS, said)
        return answered(lambda: _shared(answer))

    async def query_share(self, share: Share) -> ShareTold | None:
        answer = await self._channel.find(f"{ORDERS}/{share.id.hex}?transaction_id={share.transaction}")
        return None if answer is None else answered(lambda: _shared(answer))

    async def return_share(self, wanted: ShareReturn) -> ShareReturnTold:
        said = {
            "out_order_no": wanted.share_id.hex,
            "out_return_no": wanted.id.hex,
            "return_mchid": wanted.account,
            "amount": wanted.amount.minor,
            "description": wanted.reason[:80],
        }
        answer = await self._channel.ask("POST", RETURNS, said)
        return answered(lambda: _returned(answer))

    async def query_return(self, wanted: ShareReturn) -> ShareReturnTold | None:
        answer = await self._channel.find(f"{RETURNS}/{wanted.id.hex}?out_order_no={wanted.share_id.hex}")
        return None if answer is None else answered(lambda: _returned(answer))

    async def unfreeze_rest(self, share: Share) -> ShareTold:
        said = {"transaction_id": share.transaction, "out_order_no": share.id.hex, "description": "解冻剩余资金"}
        answer = await self._channel.ask("POST", f"{ORDERS}/unfreeze", said)
        return answered(lambda: _shared(answer))


def _kind(receiver: Receiver) -> str:
    return "PERSONAL_OPENID" if receiver.is_person else "MERCHANT_ID"


def _shared(said: dict[str, Any]) -> ShareTold:
    parts = tuple(
        SharedPart(part["account"], Money(int(part["amount"]), "CNY"), PART[part["result"]], part.get("fail_reason"))
        for part in said.get("receivers", ())
    )
    return ShareTold(UUID(hex=said["out_order_no"]), said["order_id"], said["state"] == "FINISHED", parts)


def _returned(said: dict[str, Any]) -> ShareReturnTold:
    return ShareReturnTold(
        UUID(hex=said["out_return_no"]),
        said["return_id"],
        RETURN[said["result"]],
        Money(int(said["amount"]), "CNY"),
        said.get("fail_reason"),
    )
