"""What can be asked of codes: what one leads to, and the mini-program code for it."""

from __future__ import annotations

import db.codes
from domain.codes import CODE_FORM, scene_of
from domain.landings import Coded
from resolvers.context import Context


async def find(ctx: Context, code: str) -> Coded | None:
    """What a code leads to, whoever asks: codes are there to be passed on. None when nobody has it."""
    return await db.codes.find(ctx.reading, code) if CODE_FORM.fullmatch(code) else None


async def mini_program_code(ctx: Context, coded: Coded) -> bytes | None:
    """A picture by WeChat that opens the mini-program with this code; None where the brand has no page for it.

    Raises:
        PageNotPublished: the mini-program has no such page.
        TooOften, ProviderUnavailable: WeChat does not make one now.
    """
    terms = ctx.services.rules.codes
    page = coded.page or terms.page
    return await ctx.services.wechat.scene_code(page, scene_of(coded.code), terms.version) if terms.page else None
