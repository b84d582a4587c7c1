"""Which payment providers a deployment has, by its settings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.gateways import gateways_of
from app.settings import Settings
from domain.gateways import PaymentMethod, Provider
from tests.makers_gateways import a_payment, asking, outside


def settings(**chosen: Any) -> Settings:
    return Settings(_env_file=None, **chosen)


def now() -> datetime:
    return datetime.now(UTC)


async def test_keys_in_files_are_all_that_it_takes(tmp_path: Path) -> None:
    async with outside(tmp_path) as (standins, chosen), httpx.AsyncClient() as client:
        gateways = gateways_of(settings(**chosen), client, now)
        for provider in (Provider.SANDBOX, Provider.WECHAT_PAY, Provider.ALIPAY):
            payment, taker = a_payment(provider), gateways.payments[provider]
            await taker.prepare(payment, asking(PaymentMethod.NATIVE))
            assert await taker.query(payment) is None
        numbers = [*standins.wechat_pay.trades, *standins.alipay.trades]

    assert len(numbers) == 2
    assert gateways.sharing is not None
    assert gateways.transfers is not None


def test_without_settings_nobody_takes_money() -> None:
    gateways = gateways_of(settings(), httpx.AsyncClient(), now)

    assert (gateways.payments, gateways.sharing, gateways.transfers) == ({}, None, None)


@pytest.mark.parametrize(
    ("chosen", "missing"),
    [
        ({"wechat_pay": {"merchant_id": "1"}}, "YUTANG_WECHAT_PAY__SERIAL, YUTANG_WECHAT_PAY__KEY_FILE"),
        ({"wechat_pay": {"merchant_id": "1", "serial": "2", "key_file": "/k"}}, "YUTANG_WECHAT_PAY__API_KEY_FILE"),
        ({"alipay": {"app_id": "1"}}, "YUTANG_ALIPAY__KEY_FILE, YUTANG_ALIPAY__ALIPAY_KEY_FILE"),
    ],
)
def test_half_an_account_is_told_at_start(chosen: dict[str, Any], missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        gateways_of(settings(**chosen), httpx.AsyncClient(), now)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        pytest.param({"public_key_id": ""}, "belong together", id="a public key without its id"),
        pytest.param({"api_key_file": "pub_key.pem"}, "32 characters", id="another file for the APIv3 key"),
        pytest.param({"key_file": "pub_key.pem"}, "key", id="a public key for the private one"),
    ],
)
async def test_a_wrong_file_is_told_at_start(tmp_path: Path, spoil: dict[str, str], why: str) -> None:
    async with outside(tmp_path) as (_, chosen):
        files = {name: str(tmp_path / value) if name.endswith("file") else value for name, value in spoil.items()}
        spoiled = {**chosen, "wechat_pay": chosen["wechat_pay"] | files}

    with pytest.raises((ValueError, TypeError), match=why):
        gateways_of(settings(**spoiled), httpx.AsyncClient(), now)
