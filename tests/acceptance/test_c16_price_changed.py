"""C16: a price that changed since a line was put in is flagged, and the latest counts; a quote that was seen is held to."""

from __future__ import annotations

from tests.deployments import Shop
from tests.makers_carts import COMPLETE, CREATE, FIND, completing, line_of
from tests.makers_catalogue import a_variant


async def test_a_changed_price_is_flagged_and_ordered_only_when_it_was_seen(shop: Shop) -> None:
    variant, token = await a_variant(shop.pond), await shop.a_token()
    before = (await shop.ask(CREATE, token, input={"lines": [line_of(variant)]}))["cartCreate"]["cart"]
    await shop.pond.select("UPDATE variant SET price_minor = $2 WHERE id = $1", variant.id, 179_00)

    refused = await shop.ask(COMPLETE, token, input=completing(before, quoteId=before["quote"]["quoteId"]))
    seen = (await shop.ask(FIND, token, id=before["id"]))["cart"]
    ordered = await shop.ask(COMPLETE, token, input=completing(seen, quoteId=seen["quote"]["quoteId"]))

    assert [error["code"] for error in refused["cartComplete"]["userErrors"]] == ["PRICE_CHANGED"]
    (line,) = seen["lines"]
    assert (line["priceChanged"], line["addedPrice"], line["unitPrice"]) == (True, {"minor": 199_00}, {"minor": 179_00})
    assert ordered["cartComplete"]["order"]["total"] == seen["quote"]["total"] == {"minor": 179_00}
