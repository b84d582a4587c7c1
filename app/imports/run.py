"""`yutang import …`: runs an importer against the database, with a progress bar, and shows its report."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.assembly import open_pond
from app.imports.litemall import Shop, import_shop
from app.imports.report import Report
from app.settings import Settings


def import_litemall(settings: Settings, folder: Path, write_to: Path | None) -> None:
    """Import a litemall shop, show what became of it, and write that down where it is wanted.

    Raises:
        CannotImport: a table that must be there is not.
    """
    console = Console(highlight=False)
    report = Report()
    shop = Shop(folder, report)
    asyncio.run(_import(settings, shop, report, console))
    report.show(console)
    if write_to is not None:
        report.write(write_to)
        console.print(f"{write_to}", markup=False, soft_wrap=True)


async def _import(settings: Settings, shop: Shop, report: Report, console: Console) -> None:
    columns = (TextColumn("litemall"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with open_pond(settings.model_copy(update={"relay": False})) as pond:
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("", total=shop.size)
            await import_shop(pond.context(), shop, report, lambda: progress.advance(task))
