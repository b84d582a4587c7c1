"""Workbooks: what somebody entered stays text, money stays exact, times are the brand's."""

from __future__ import annotations

import zipfile
from datetime import UTC, date, datetime, timedelta, timezone
from io import BytesIO

import pytest

from app.workbooks import write
from domain.money import Money
from domain.sheets import Cell, Sheet, Workbook

SHANGHAI = timezone(timedelta(hours=8))


def page_of(*row: Cell) -> str:
    """The XML of the one sheet of a workbook with one row."""
    written = write(Workbook("结算单", [Sheet("明细", ["列"] * len(row), [row])]), SHANGHAI)
    with zipfile.ZipFile(BytesIO(written)) as file:
        return file.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize("entered", ["=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK()", "https://example.com", "123"])
def test_text_is_text_whatever_it_begins_with(entered: str) -> None:
    page = page_of(entered)

    assert "<f>" not in page
    assert "hyperlink" not in page.lower().replace(entered.lower(), "")
    assert f'<c r="A2" t="inlineStr"><is><t>{entered}</t></is></c>' in page


def test_money_is_a_number_to_the_fen_and_what_there_is_not_is_left_out() -> None:
    page = page_of(Money(8_740_00), Money(-12_34), None, 7)

    assert "<v>8740</v>" in page
    assert "<v>-12.34</v>" in page
    assert 'r="C2"' not in page
    assert "<v>7</v>" in page


def test_days_and_times_are_those_of_the_brands_calendar() -> None:
    late = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)

    page = page_of(date(2026, 11, 23), late)

    assert page.count("<v>46349</v>") == 2
