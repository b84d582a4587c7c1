"""Rules of the brand: what is set in the environment is what they hold."""

from __future__ import annotations

import pytest

from app.assembly import _rules
from app.settings import Settings
from domain.coupons import CouponPolicy


def test_coupons_go_together_and_come_back_unless_it_is_set_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = _rules(Settings(_env_file=None)).coupons

    monkeypatch.setenv("YUTANG_COUPONS_GO_TOGETHER", "false")
    alone = _rules(Settings(_env_file=None)).coupons
    monkeypatch.setenv("YUTANG_COUPONS_COME_BACK", "false")
    neither = _rules(Settings(_env_file=None)).coupons

    assert usual == CouponPolicy(back_on_refund=True, go_together=True)
    assert alone == CouponPolicy(back_on_refund=True, go_together=False)
    assert neither == CouponPolicy(back_on_refund=False, go_together=False)
