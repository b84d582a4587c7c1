"""Workbooks: sheets written as XLSX. Text stays text: nothing that somebody entered becomes a formula or a link."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, tzinfo
from io import BytesIO
from typing import Any

import xlsxwriter

from domain.money import MINOR_DIGITS, Money
from domain.sheets import MOST_ROWS, Cell, Sheet, Workbook

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_NAME = 31
"""Of a sheet, in characters."""
_AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


async def written(workbook: Workbook, zone: tzinfo) -> bytes:
    """The file, written beside the event loop; times are in the brand's zone, of which a sheet knows nothing."""
    return await asyncio.to_thread(write, workbook, zone)


def write(workbook: Workbook, zone: tzinfo) -> bytes:
    """The file. A row at a time is in memory; the others wait in a temporary file."""
    into = BytesIO()
    with xlsxwriter.Workbook(into, {**_AS_TEXT, "constant_memory": True}) as file:
        formats = {
            "heading": file.add_format({"bold": True}),
            "money": file.add_format({"num_format": "#,##0.00"}),
            "day": file.add_format({"num_format": "yyyy-mm-dd"}),
            "time": file.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        for sheet in workbook.sheets:
            _write(file.add_worksheet(sheet.name[:LONGEST_NAME]), sheet, formats, zone)
    return into.getvalue()


def _write(page: Any, sheet: Sheet, formats: dict[str, Any], zone: tzinfo) -> None:
    page.freeze_panes(1, 0)
    page.set_column(0, len(sheet.columns) - 1, 20)
    for i, heading in enumerate(sheet.columns):
        page.write_string(0, i, heading, formats["heading"])
    for n, row in enumerate(sheet.rows[:MOST_ROWS], 1):
        for i, cell in enumerate(row):
            _write_cell(page, n, i, cell, formats, zone)


def _write_cell(page: Any, row: int, column: int, cell: Cell, formats: dict[str, Any], zone: tzinfo) -> None:
    match cell:
        case None:
            return
        case str():
            page.write_string(row, column, cell)
        case Money(minor, currency):
            # A sheet's numbers are exact to 15 digits, which is more money than there is.
            page.write_number(row, column, minor / 10 ** MINOR_DIGITS[currency], formats["money"])
        case datetime():
            page.write_datetime(row, column, cell.astimezone(zone).replace(tzinfo=None), formats["time"])
        case date():
            page.write_datetime(row, column, cell, formats["day"])
        case int():
            page.write_number(row, column, cell)
