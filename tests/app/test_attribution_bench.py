"""`./dev bench attribution`, before a brand of a few guides."""

from __future__ import annotations

from benchmarks import attribution
from benchmarks.attribution import Times
from benchmarks.load.guides import Brand

FEW = Brand(guides=20, stores=4, regions=2, products=5, fresh=20)
ONCE = Times(singles=20, batches=2, pages=4, boards=2, releases=2)


async def test_a_brand_of_guides_grows_and_every_figure_is_taken(dsn: str) -> None:
    found = await attribution.grown(dsn, FEW, [1_000, 2_000], ONCE)

    for figures in found.values():
        assert {name for _, name in attribution.ROWS} <= set(figures)
        assert figures["statements"] <= attribution.FLOORS["statements"]
        assert figures["wrong"] == 0
        assert figures["released"] > 0
    assert found[2_000]["flows"] > found[1_000]["flows"] > 0
    assert all(one["per_s"] > 0 for one in found[2_000]["projections"].values())
