"""Pictures of products: which shape draws what."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.demo.pictures import cloth, scent_and_food, tea, ware
from app.demo.pictures.paint import still_life, studio

SHAPES: Mapping[str, Callable[[str, str], str]] = {
    shape.__name__: shape
    for shape in (
        *(tea.tin, tea.pouch, tea.tea_cake, tea.sampler, tea.gaiwan, tea.pitcher, tea.cups),
        *(tea.teapot, tea.slab, tea.kettle, tea.scoop),
        *(ware.bowl, ware.plate, ware.chopsticks, ware.stew_pot, ware.vase),
        *(cloth.bedding, cloth.quilt, cloth.towels, cloth.apron, cloth.pillowcase, cloth.shawl, cloth.robe, cloth.tote),
        *(scent_and_food.incense, scent_and_food.candle, scent_and_food.diffuser, scent_and_food.beads),
        *(scent_and_food.burner, scent_and_food.sachet, scent_and_food.cakes, scent_and_food.jar),
        *(scent_and_food.pastries, scent_and_food.pearls),
    )
}


def on_a_table(shape: str, tint: str, word: str, air: str, name: str) -> str:
    """The first picture of a product."""
    return studio(SHAPES[shape](tint, word), air, name)


def in_a_window(shape: str, tint: str, word: str, air: str, name: str) -> str:
    """The second picture of a product."""
    return still_life(SHAPES[shape](tint, word), air, name)
