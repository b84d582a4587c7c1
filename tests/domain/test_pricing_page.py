"""The page about prices: the numbers of its example are those that the engine finds."""

from __future__ import annotations

from pathlib import Path

import domain
from domain.promotions.stages import Stage
from tests.domain.test_promotions import the_stacked_cart

PAGE = (Path(domain.__file__).parent.parent / "docs" / "pricing.md").read_text()


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def the_table() -> dict[str, list[str]]:
    """The cells of each row that are not empty, by its label."""
    rows = [line.strip("|").split("|") for line in PAGE.split("## Worked out")[1].splitlines() if line[:1] == "|"]
    return {label.strip(): [cell.strip() for cell in cells if cell.strip()] for label, *cells in rows}


def test_the_worked_example_is_what_the_engine_says() -> None:
    found, table = the_stacked_cart(), the_table()
    listed = [line.item.price * line.item.quantity for line in found.lines]
    whole = sum(listed)

    assert table["list prices"] == [yuan(fen) for fen in (*listed, whole)]
    assert [cells for label, cells in table.items() if label[:1] in set("23456")] == [
        [yuan(dict(step.shares).get(position, 0)) for position in range(2)] + [yuan(step.amount)]
        for step in found.steps
    ]
    assert table["goods"] == [yuan(fen) for fen in (*(line.payable for line in found.lines), found.goods)]
    assert table["each unit"] == [yuan(line.unit_payable[0]) for line in found.lines]
    assert (table["7 shipping"], table["total"]) == ([yuan(found.shipping)], [yuan(found.total)])


def test_what_the_thresholds_of_the_example_look_at_is_what_the_steps_before_have_left() -> None:
    found = the_stacked_cart()
    left = sum(line.item.price * line.item.quantity for line in found.lines)

    for stage, label in ((Stage.SUBTOTAL, "4 满300减40"), (Stage.COUPON, "5 coupon 满350减50")):
        before = left - sum(step.amount for step in found.steps if step.stage < stage)
        assert f"{label}, reached by {yuan(before)}" in the_table()


def test_the_page_names_the_steps_in_their_order() -> None:
    places = [PAGE.index(f"| {stage.value} `{stage.name}` |") for stage in Stage]

    assert places == sorted(places)
