"""What operators promise by rights, of a level or of a paid membership, is there."""

from __future__ import annotations

from collections.abc import Mapping

import db.catalogue
from db.connection import Writing
from domain.catalogue import Audience
from domain.refusals import NotFound
from domain.rights import Rights


async def check_gifts(tx: Writing, wanted: Mapping[tuple[str, ...], Rights]) -> None:
    """Hold rights, each at its place in the input, to gifts of variants that there are.

    Raises:
        NotFound: there is no such variant.
    """
    gifts = {path: rights.gift_variant_id for path, rights in wanted.items() if rights.gift_variant_id is not None}
    known = await db.catalogue.variants_by_id(tx, Audience.STAFF, list(set(gifts.values()))) if gifts else {}
    for path, variant_id in gifts.items():
        if variant_id not in known:
            raise NotFound(path=(*path, "giftVariantId"))
