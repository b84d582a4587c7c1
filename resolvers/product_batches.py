"""Saving many products at once."""

from __future__ import annotations

from collections.abc import Sequence

from domain.product_batches import (
    MOST_AT_ONCE,
    ErrorPolicy,
    Saved,
    Saving,
    path_as_given,
    without_what_is_refused,
)
from domain.refusals import Refusal, between
from resolvers import products
from resolvers.context import Context


async def save_all(ctx: Context, rows: Sequence[Saving | Refusal], policy: ErrorPolicy) -> list[Saved]:
    """Save products, or as many of them as the policy says; the outcomes stand as their rows do.

    A row that is a refusal could not be read. Products that go together are saved in one transaction, which tells of
    each; others in one for each of them.

    Raises:
        BadInput: there are no products, or more than 50.
    """
    between(len(rows), 1, MOST_AT_ONCE, "input", "products")
    if policy is ErrorPolicy.REJECT_EVERYTHING:
        return await _all_or_none(ctx, rows)
    return [await _save(ctx, i, row, policy) for i, row in enumerate(rows)]


async def _all_or_none(ctx: Context, rows: Sequence[Saving | Refusal]) -> list[Saved]:
    """All of them. What can be said without a look at others is said of each row, what others have of the first."""
    checked = [_checked(i, row) for i, row in enumerate(rows)]
    good = [row for row in checked if isinstance(row, Saving)]
    if len(good) < len(checked):
        return [Saved() if isinstance(row, Saving) else row for row in checked]
    saved: dict[int, Saved] = {}
    # In the order of their slugs: two requests for the same products do not wait for each other crosswise.
    in_order = sorted(range(len(good)), key=lambda i: good[i].draft.slug)
    try:
        async with ctx.database.writing() as tx:
            for i in in_order:
                saved[i] = Saved(await products.save_in(ctx, tx, good[i]))
    except Refusal as refusal:
        at = in_order[len(saved)]
        refused = _refused(good[at], at, refusal)
        return [refused if i == at else Saved() for i in range(len(good))]
    return [saved[i] for i in range(len(good))]


def _checked(i: int, row: Saving | Refusal) -> Saving | Saved:
    if isinstance(row, Refusal):
        return Saved(refusals=(row,))
    try:
        return products.checked(row)
    except Refusal as refusal:
        return _refused(row, i, refusal)


async def _save(ctx: Context, i: int, row: Saving | Refusal, policy: ErrorPolicy) -> Saved:
    """Save one row, by IGNORE_FAILED without those of its variants and pictures that are refused."""
    if isinstance(row, Refusal):
        return Saved(refusals=(row,))
    left: list[Refusal] = []
    while True:
        try:
            good = products.checked(row)
            async with ctx.database.writing() as tx:
                return Saved(await products.save_in(ctx, tx, good), tuple(left))
        except Refusal as refusal:
            less = without_what_is_refused(row, refusal.path) if policy is ErrorPolicy.IGNORE_FAILED else None
            left += _refused(row, i, refusal).refusals
            if less is None:
                return Saved(refusals=tuple(left))
            row = less


def _refused(row: Saving, i: int, refusal: Refusal) -> Saved:
    refusal.path = path_as_given(row, i, refusal.path)
    return Saved(refusals=(refusal,))
