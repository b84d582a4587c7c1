"""Everyone who takes money, played; our side of each; and a shop that only listens."""

from __future__ import annotations

import asyncio
import socket
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import uvicorn
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.gateways import notify_path, played_gateways
from app.standins.gateways import ALIPAY, SANDBOX, WECHAT_PAY, GatewayStandIns
from domain.gateways import Asking, Message, PaymentMethod, Provider
from domain.money import Money
from domain.payments import Payment, PaymentState, Refund
from providers.alipay import Alipay
from providers.wechat_pay import WechatPay

APP_ID = "wx-app"


class Street:
    """The gateways, on a clock that the test holds, and what they told the shop."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        app = Starlette()
        self.app = app
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://street")
        self.gateways = played_gateways("", APP_ID, "a-secret", self.client, self.now)
        standins = self.gateways.standins
        assert standins is not None
        self.standins, self.bank = standins, standins.bank
        self.at_wechat, self.at_alipay = standins.wechat_pay, standins.alipay
        self.heard: list[tuple[dict[str, str], bytes]] = []
        app.router.routes += [
            *standins.mounts(),
            *(Route(notify_path(each), self._listen, methods=["POST"]) for each in self.gateways.payments),
        ]

    @property
    def wechat_pay(self) -> WechatPay:
        provider = self.gateways.payments[Provider.WECHAT_PAY]
        assert isinstance(provider, WechatPay)
        return provider

    @property
    def alipay(self) -> Alipay:
        provider = self.gateways.payments[Provider.ALIPAY]
        assert isinstance(provider, Alipay)
        return provider

    def now(self) -> datetime:
        """The real time, since peers sign with it, and whatever the test adds."""
        return datetime.now(UTC) + self.ahead

    def later(self, **by: float) -> None:
        self.ahead += timedelta(**by)

    async def told(self, provider: Provider) -> list[Message]:
        """What the shop reads of all that it was told, in its order."""
        await self.at_wechat.all_told()
        await self.at_alipay.all_told()
        await self.bank.all_told()
        reader = self.gateways.payments[provider]
        return [await reader.read(headers, body, self.now()) for headers, body in self.heard]

    async def _listen(self, request: Request) -> Response:
        self.heard.append((dict(request.headers), await request.body()))
        return Response("success", 200)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[str]:
        """The same on a port, for SDKs that wait for sockets in threads; gives its address."""
        async with on_a_port(self.app) as address:
            yield address


@asynccontextmanager
async def on_a_port(app: Starlette) -> AsyncIterator[str]:
    """Serve something until the block ends; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="critical", timeout_keep_alive=75))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def outside(directory: Path) -> AsyncIterator[tuple[GatewayStandIns, dict[str, Any]]]:
    """The gateways on a port of their own, and the settings of a server (of any workers) that goes to them.

    Keys are written into the directory. `in_environment` turns the settings into variables.
    """
    async with httpx.AsyncClient(timeout=5) as client:
        standins = GatewayStandIns(APP_ID, "a-secret", client, lambda: datetime.now(UTC))
        async with on_a_port(Starlette(routes=standins.mounts())) as address:
            yield standins, _settings(standins, directory, address)


def in_environment(settings: dict[str, Any], prefix: str = "YUTANG_") -> dict[str, str]:
    """Settings as a process is given them."""
    variables: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            variables |= in_environment(value, f"{prefix}{name.upper()}__")
        else:
            variables[prefix + name.upper()] = str(value)
    return variables


def _settings(standins: GatewayStandIns, directory: Path, address: str) -> dict[str, Any]:
    merchant, app = standins.merchant(), standins.alipay_account()
    assert merchant.public_key is not None
    return {
        "sandbox_url": address + SANDBOX,
        "sandbox_secret": "a-secret",
        "wechat_pay": {
            "merchant_id": merchant.merchant_id,
            "app_id": merchant.app_id,
            "serial": merchant.serial,
            "key_file": _written(directory / "apiclient_key.pem", merchant.private_key),
            "api_key_file": _written(directory / "api_key", merchant.api_key),
            "public_key_id": merchant.public_key_id,
            "public_key_file": _written(directory / "pub_key.pem", merchant.public_key),
            "url": address + WECHAT_PAY,
        },
        "alipay": {
            "app_id": app.app_id,
            "key_file": _written(directory / "app.pem", app.private_key),
            "alipay_key_file": _written(directory / "alipay.txt", _bare(app.alipay_key)),
            "url": f"{address}{ALIPAY}/gateway.do",
        },
    }


def _written(path: Path, key: RSAPrivateKey | RSAPublicKey | bytes) -> Path:
    if isinstance(key, RSAPrivateKey):
        key = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    if isinstance(key, RSAPublicKey):
        key = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.write_bytes(key)
    return path


def _bare(key: RSAPublicKey) -> bytes:
    """A key as Alipay's tool writes it: Base64 in one line, and nothing around it."""
    return b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def a_payment(provider: Provider = Provider.WECHAT_PAY, minor: int = 19_90) -> Payment:
    at = datetime(2026, 11, 22, 4, tzinfo=UTC)
    return Payment(uuid4(), uuid4(), provider, PaymentState.PENDING, Money(minor), None, None, at, None)


def a_refund(payment: Payment, minor: int, refund_id: UUID | None = None) -> Refund:
    amount = Money(minor)
    return Refund(
        refund_id or uuid4(), payment.id, payment.order_id, amount, payment.amount, "七天无理由", payment.created_at
    )


def asking(method: PaymentMethod = PaymentMethod.JSAPI, **more: Any) -> Asking:
    return Asking("四件套", method, **{"payer": "o-mei", "client": "10.0.0.1", **more})


PLATFORM, GATEWAY = f"http://street{WECHAT_PAY}", f"http://street{ALIPAY}/gateway.do"
