"""Hook books: the codes of a batch as a workbook, for whoever prints them (R33)."""

from __future__ import annotations

from uuid import UUID

import db.hooks
from domain.codes import scene_of
from domain.identity import Scope
from domain.sheets import Sheet, Workbook
from resolvers.context import Context, Locale

_COLUMNS = (
    ("序号", "Number"),
    ("码", "Code"),
    ("小程序 scene", "Scene"),
    ("链接", "Link"),
    ("二维码图片", "Picture"),
)
_SHEET = ("码表", "Codes")


async def workbook(ctx: Context, batch_id: UUID) -> Workbook | None:
    """The codes of a batch in the order of their numbers; None for those who run no hooks."""
    batch = (await db.hooks.batches_by_id(ctx.reading, [batch_id])).get(batch_id)
    if batch is None or not ctx.holds(Scope.OPERATOR):
        return None
    column, terms = 0 if ctx.locale is Locale.ZH else 1, ctx.services.rules.codes
    rows = [
        (number, code, scene_of(code), terms.link_of(code), terms.picture_of(code))
        for number, code in await db.hooks.codes_of(ctx.reading, batch_id)
    ]
    return Workbook(batch.name, [Sheet(_SHEET[column], [words[column] for words in _COLUMNS], rows)])
