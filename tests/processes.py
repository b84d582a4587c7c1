"""Which process runs which tests, where several share the work (`./dev test` has one for each core)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parent.parent
SHOP = "the shop"
"""The files of scenarios that share two workers which serve: they are started once."""
LONGEST = (
    SHOP,
    "tests/stories/test_guides_machine.py",
    "tests/engine/test_differential.py",
    "tests/test_examples.py",
    "tests/acceptance/test_l3_across_restarts.py",
    "tests/app/test_commands.py",
    "tests/app/test_demo.py",
    "tests/web/test_shop_page.py",
    "tests/stories/test_bad_input.py",
    "tests/acceptance/test_c45_events_once.py",
    "tests/db/test_migrations.py",
    "tests/app/test_crowd.py",
    "tests/web/test_live_page.py",
    "tests/app/test_fanout_bench.py",
    "tests/app/test_sockets.py",
    "tests/web/test_built_pages.py",
    "tests/clients/test_clients.py",
)
"""What takes longest, longest first: begun last, one of them would keep all but its own process waiting."""


class ByFile(LoadScopeScheduling):
    """The tests of a file stay together, as do files that stand on the same servers."""

    def __init__(self, config: Any, log: Any) -> None:
        config.option.loadscopereorder = False  # The order is that of `longest_first`.
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return work_of(nodeid.partition("::")[0])


@cache
def work_of(file: str) -> str:
    """What one process does as a whole: a file, or all files of the shop."""
    return SHOP if "shop: Shop" in (ROOT / file).read_text() else file


def longest_first(nodeid: str) -> int:
    """A sort key of tests."""
    work = work_of(nodeid.partition("::")[0])
    return LONGEST.index(work) if work in LONGEST else len(LONGEST)
