"""Task books: how far everybody is with a task, as a workbook by region, store and guide."""

from __future__ import annotations

from uuid import UUID

import db.assignment_lists
import db.tasks
from domain.assignments import Completion, CompletionBy
from domain.pages import PageRequest
from domain.sheets import MOST_ROWS, Sheet, Workbook
from domain.tasks import paths_within
from resolvers.context import Context, Locale

_SHEETS = {
    CompletionBy.REGION: ("大区", "Regions"),
    CompletionBy.STORE: ("门店", "Stores"),
    CompletionBy.GUIDE: ("导购", "Guides"),
}
_COLUMNS = (
    ("名称", "Name"),
    ("应完成", "Assigned"),
    ("未开始", "To do"),
    ("进行中", "Doing"),
    ("已完成", "Done"),
    ("逾期", "Overdue"),
    ("已取消", "Cancelled"),
)


async def workbook(ctx: Context, task_id: UUID) -> Workbook | None:
    """How far those whom the caller runs are with a task; None when it concerns none of them."""
    task = (await db.tasks.tasks_by_id(ctx.reading, [task_id])).get(task_id)
    paths = [] if task is None else paths_within(ctx.principal, task)
    if task is None or not paths:
        return None
    column = 0 if ctx.locale is Locale.ZH else 1
    sheets = []
    for by in CompletionBy:
        page = await db.assignment_lists.completion(ctx.reading, task_id, by, paths, PageRequest(MOST_ROWS))
        rows = [_row(one) for one in page.nodes]
        sheets.append(Sheet(_SHEETS[by][column], [words[column] for words in _COLUMNS], rows))
    return Workbook(f"{task.title} {task.starts_at.astimezone(ctx.services.rules.time_zone).date()}", sheets)


def _row(one: Completion) -> tuple[str | int, ...]:
    return one.name, one.assigned, one.todo, one.doing, one.done, one.overdue, one.cancelled
