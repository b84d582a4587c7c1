"""Media: the pictures and videos of products."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import (
    Column,
    Index,
    Integer,
    Table,
    any_,
    bindparam,
    select,
)

from db.connection import Reading, by_key
from db.metadata import UUIDS, count, key, members_of, metadata, one_of, refers_to, words
from db.statements import prepared
from domain.catalogue import (
    Media,
    MediaKind,
)

media = Table(
    "media",
    metadata,
    key(),
    refers_to("product", "product_id"),
    *one_of("kind", MediaKind),
    words("url"),
    words("alt"),
    Column("width", Integer()),
    Column("height", Integer()),
    count("position"),
    Index(None, "product_id", "position"),
)
_KINDS = members_of(MediaKind)


_MEDIA_OF = prepared(
    select(media.c.product_id, media.c.id, media.c.kind, media.c.url, media.c.alt, media.c.width, media.c.height)
    .where(
        media.c.product_id == any_(bindparam("ids", type_=UUIDS)),
        media.c.position < bindparam("most", type_=Integer()),
    )
    .order_by(media.c.product_id, media.c.position)
)


async def media_of(reading: Reading, product_ids: Sequence[UUID], most: int) -> dict[UUID, list[Media]]:
    """The first so many pictures and videos of each product, in their order."""
    rows = await reading.rows(_MEDIA_OF, ids=list(product_ids), most=most)
    return by_key(rows, "product_id", lambda r: Media(r[1], _KINDS[r[2]], r[3], r[4], r[5], r[6]))
