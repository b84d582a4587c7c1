"""Codes that people scan, whoever's they are: shares', guides' and hooks'."""

from __future__ import annotations

from sqlalchemy import Text, Uuid, bindparam, cast, literal_column, null, select, union_all

from db.catalogue import product
from db.connection import Reading
from db.guides import guide
from db.hooks import hook, hook_code
from db.shares import share
from db.statements import prepared
from domain.landings import Coded
from domain.shares import TargetKind

_CODE = bindparam("code", type_=Text())
_NO_PAGE = literal_column("''", Text())
_NO_TEXT = cast(null(), Text())
_FIND = prepared(
    union_all(
        select(share.c.target_kind, share.c.target_id, product.c.slug, _NO_PAGE)
        .select_from(share.outerjoin(product, product.c.id == share.c.target_id))
        .where(share.c.code == _CODE),
        select(literal_column(f"'{TargetKind.GUIDE.value}'"), guide.c.id, _NO_TEXT, _NO_PAGE).where(
            guide.c.share_code == _CODE
        ),
        select(_NO_TEXT, cast(null(), Uuid()), _NO_TEXT, hook.c.page)
        .join(hook_code, hook_code.c.hook_id == hook.c.id)
        .where(hook_code.c.code == _CODE),
    )
)


async def find(reading: Reading, code: str) -> Coded | None:
    """What a code leads to; None when nobody has it."""
    row = await reading.row(_FIND, code=code)
    if row is None:
        return None
    kind, target_id, slug, page = row
    return Coded(code, None if kind is None else TargetKind(kind), target_id, slug, page)
