"""The sandbox bank, WeChat Pay and Alipay, played for one merchant with keys that are made for the occasion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from starlette.routing import BaseRoute, Mount

from app.standins.alipay import AlipayStandIn
from app.standins.sandbox import SandboxBank
from app.standins.wechat_pay import Account, WechatPayStandIn
from app.standins.wechat_pay_keys import PUBLIC_KEY_ID, new_key
from providers.alipay import AlipayAccount
from providers.wechat_pay_channel import Merchant

SANDBOX, WECHAT_PAY, ALIPAY = "/sandbox", "/standins/wechat-pay", "/standins/alipay"
"""Where they are mounted."""
MERCHANT_ID, SERIAL, ALIPAY_APP = "1900000109", "444F4864EA9B34415A0A5C3C4E2B5A2C1D3E4F50", "2021000000000001"
API_KEY = b"a-key-of-thirty-two-bytes-length"


class GatewayStandIns:
    """Everyone who takes money, each reached over HTTP only."""

    def __init__(
        self, app_id: str, sandbox_secret: str, client: httpx.AsyncClient, now: Callable[[], datetime]
    ) -> None:
        self._app_id = app_id
        self.bank = SandboxBank(sandbox_secret, client, now)
        account = Account(app_id, MERCHANT_ID, SERIAL, key_named("merchant").public_key(), API_KEY)
        self.wechat_pay = WechatPayStandIn(account, key_named("wechat pay"), client, now)
        self.alipay = AlipayStandIn(ALIPAY_APP, key_named("app").public_key(), key_named("alipay"), client, now)

    def merchant(self) -> Merchant:
        """What a merchant at this WeChat Pay holds."""
        platform = self.wechat_pay.vault.key.public_key()
        return Merchant(self._app_id, MERCHANT_ID, SERIAL, key_named("merchant"), API_KEY, PUBLIC_KEY_ID, platform)

    def alipay_account(self) -> AlipayAccount:
        """What an app at this Alipay holds."""
        return AlipayAccount(ALIPAY_APP, key_named("app"), self.alipay.key.public_key())

    def mounts(self) -> list[BaseRoute]:
        return [
            Mount(SANDBOX, self.bank.app()),
            Mount(WECHAT_PAY, self.wechat_pay.app()),
            Mount(ALIPAY, self.alipay.app()),
        ]


@cache
def key_named(name: str) -> RSAPrivateKey:  # noqa: ARG001  each name has its own
    """A key of this process."""
    return new_key()
