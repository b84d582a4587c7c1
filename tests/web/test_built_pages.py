"""The pages as they are built and committed: their logic in Node.js alone, and that nobody forgot to build."""

from __future__ import annotations

from pathlib import Path

from tests.browsing import PAGES, needs_packages, run


@needs_packages
async def test_what_the_pages_work_out_holds_its_properties() -> None:
    await run("npm", "test", "--prefix", str(PAGES))


@needs_packages
async def test_the_committed_files_are_what_the_sources_build(tmp_path: Path) -> None:
    await run("npm", "run", "build", "--prefix", str(PAGES), "--", "--outDir", str(tmp_path / "dist"))

    assert contents(tmp_path / "dist") == contents(PAGES / "dist")


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}
