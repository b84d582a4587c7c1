"""The shop as a buyer meets it: in a browser on a phone, against the real product."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from tests.browsing import needs_chromium, needs_packages, visit


class ShopSite(Protocol):
    """What the `shop_site` fixture offers: a running product that sells by promotions and plays."""

    base_url: str
    plate: str
    promotion_id: str
    cake: str
    group_buy_id: str
    cake_id: str
    member_token: str
    friend_token: str
    operator_token: str


@needs_packages
@needs_chromium
async def test_a_member_buys_with_a_coupon_and_in_a_group_gets_refunds_and_every_amount_is_explained(
    shop_site: ShopSite, tmp_path: Path
) -> None:
    await visit(
        "shop_page.mjs",
        tmp_path / "shop.png",
        BASE_URL=shop_site.base_url,
        PLATE=shop_site.plate,
        PROMOTION_ID=shop_site.promotion_id,
        CAKE=shop_site.cake,
        GROUP_BUY_ID=shop_site.group_buy_id,
        CAKE_ID=shop_site.cake_id,
        MEMBER_TOKEN=shop_site.member_token,
        FRIEND_TOKEN=shop_site.friend_token,
        OPERATOR_TOKEN=shop_site.operator_token,
    )
