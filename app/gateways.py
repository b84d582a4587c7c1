"""The payment providers that a deployment's settings choose (docs/payments.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
from pydantic import BaseModel

from app.settings import Settings
from app.standins import gateways as played
from app.standins.gateways import GatewayStandIns
from domain.gateways import Provider
from providers.alipay import Alipay, AlipayAccount
from providers.payments import PaymentProvider, SharesProfit, Transfers
from providers.payments_sandbox import Sandbox
from providers.rsa_sha256 import private_key, public_key
from providers.wechat_pay import WechatPay
from providers.wechat_pay_channel import Channel, Merchant
from providers.wechat_sharing import WechatSharing
from providers.wechat_transfers import WechatTransfers


@dataclass
class Gateways:
    """Who takes and moves money for the brand. `standins`: those who play it here, if any."""

    payments: dict[Provider, PaymentProvider] = field(default_factory=dict)
    sharing: SharesProfit | None = None
    transfers: Transfers | None = None
    standins: GatewayStandIns | None = None


def notify_path(provider: Provider) -> str:
    """Where a provider calls us back."""
    return f"/payments/{provider.value.lower().replace('_', '-')}/notify"


def gateways_of(settings: Settings, client: httpx.AsyncClient, now: Callable[[], datetime]) -> Gateways:
    """The providers that are set up; all of them, played by this process, where stand-ins are.

    Raises:
        ValueError, TypeError, OSError: one is set up by half, or a file of it holds no key.
    """
    own, gateways = settings.own_url, Gateways()
    if settings.standins:
        return played_gateways(own, settings.wechat_app_id, settings.sandbox_secret, client, now)
    if settings.sandbox_url is not None:
        notified = own + notify_path(Provider.SANDBOX)
        gateways.payments[Provider.SANDBOX] = Sandbox(
            settings.sandbox_url, notified, settings.sandbox_secret, client, now
        )
    if settings.wechat_pay.merchant_id:
        _add_wechat_pay(gateways, Channel(_merchant(settings), settings.wechat_pay.url, client, now), own)
    if settings.alipay.app_id:
        notified = own + notify_path(Provider.ALIPAY)
        account = _alipay_account(settings)
        gateways.payments[Provider.ALIPAY] = Alipay(account, settings.alipay.url, notified, client, now)
    return gateways


def played_gateways(
    own: str, app_id: str, secret: str, client: httpx.AsyncClient, now: Callable[[], datetime]
) -> Gateways:
    """Every provider, played here. `client` reaches `own`, where both sides are."""
    standins = GatewayStandIns(app_id, secret, client, now)
    gateways = Gateways(standins=standins)
    notified = own + notify_path(Provider.SANDBOX)
    gateways.payments[Provider.SANDBOX] = Sandbox(own + played.SANDBOX, notified, secret, client, now)
    _add_wechat_pay(gateways, Channel(standins.merchant(), own + played.WECHAT_PAY, client, now), own)
    gateway, notified = f"{own}{played.ALIPAY}/gateway.do", own + notify_path(Provider.ALIPAY)
    gateways.payments[Provider.ALIPAY] = Alipay(standins.alipay_account(), gateway, notified, client, now)
    return gateways


def _add_wechat_pay(gateways: Gateways, channel: Channel, own: str) -> None:
    notified = own + notify_path(Provider.WECHAT_PAY)
    gateways.payments[Provider.WECHAT_PAY] = WechatPay(channel, notified)
    gateways.sharing, gateways.transfers = WechatSharing(channel), WechatTransfers(channel, notified)


def _merchant(settings: Settings) -> Merchant:
    chosen = settings.wechat_pay
    _check_whole("WECHAT_PAY", chosen, "serial", "key_file", "api_key_file")
    if (chosen.public_key_file is None) != (chosen.public_key_id == ""):
        msg = "YUTANG_WECHAT_PAY__PUBLIC_KEY_ID and YUTANG_WECHAT_PAY__PUBLIC_KEY_FILE belong together"
        raise ValueError(msg)
    api_key = _file(chosen.api_key_file).read_bytes().strip()
    if len(api_key) != 32:
        msg = f"{chosen.api_key_file} must hold the APIv3 key, 32 characters"
        raise ValueError(msg)
    return Merchant(
        chosen.app_id or settings.wechat_app_id,
        chosen.merchant_id,
        chosen.serial,
        private_key(_file(chosen.key_file)),
        api_key,
        chosen.public_key_id or None,
        None if chosen.public_key_file is None else public_key(chosen.public_key_file),
    )


def _alipay_account(settings: Settings) -> AlipayAccount:
    chosen = settings.alipay
    _check_whole("ALIPAY", chosen, "key_file", "alipay_key_file")
    return AlipayAccount(
        chosen.app_id,
        private_key(_file(chosen.key_file)),
        public_key(_file(chosen.alipay_key_file)),
        chosen.seller_id or None,
    )


def _check_whole(name: str, chosen: BaseModel, *needed: str) -> None:
    missing = [f"YUTANG_{name}__{each.upper()}" for each in needed if not getattr(chosen, each)]
    if missing:
        msg = f"{name} needs {', '.join(missing)}"
        raise ValueError(msg)


def _file(path: Path | None) -> Path:
    assert path is not None, "it is checked that the file is named"
    return path
