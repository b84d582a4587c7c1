"""Recorded bullet comments: replayed in their order and at their pace."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from app.imports.danmaku import Replayed, read_recording, replay
from app.imports.report import CannotImport, Report
from domain.room_events import BulletMode
from tests.makers_live import a_room
from tests.pond import Pond


def line(at: float, text: str = "来了", *, user: str = "u1", mode: int = 1, color: int = 16777215) -> dict[str, Any]:
    return {"at_seconds": at, "mode": mode, "color": color, "user_hash": user, "text": text}


def recording(folder: Path, *lines: Any) -> Path:
    path = folder / "danmaku.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines))
    return path


async def replayed(pond: Pond, path: Path, speed: float = 10_000) -> tuple[Replayed, list[Any]]:
    """What became of a recording, and the comments that are in the log."""
    room, _ = await a_room(pond)
    told = await replay(pond.context(), room.id, path, speed)
    rows = await pond.select("SELECT payload FROM room_event WHERE kind = 'BULLET_COMMENT' ORDER BY seq")
    return told, [row["payload"]["comment"] for row in rows]


async def test_comments_are_said_in_the_order_of_their_time_by_whoever_said_them(pond: Pond, tmp_path: Path) -> None:
    path = recording(tmp_path, line(300.0, "再见", user="b"), line(0.1, "来了", color=255), line(200.0, "好", mode=5))

    told, said = await replayed(pond, path)

    assert told.said == 3
    assert [(one["text"], one["mode"]) for one in said] == [("来了", "SCROLL"), ("好", "TOP"), ("再见", "SCROLL")]
    assert [one["color"] for one in said] == ["#0000ff", "#ffffff", "#ffffff"]
    assert [one["sender_name"] for one in said] == ["看客u1", "看客u1", "看客b"]


async def test_what_is_too_long_is_refused_by_row_and_nobody_is_too_quick(pond: Pond, tmp_path: Path) -> None:
    lines = [line(0.0), line(1.0), line(2.0), line(3.0, "很快"), line(60.0, "x" * 101), line(120.0, "可以了")]

    told, said = await replayed(pond, recording(tmp_path, *lines))

    assert told.refused == {"BAD_USER_INPUT": 1}
    assert [(one.row, one.field) for one in told.report.problems] == [(5, "text")]
    assert [one["text"] for one in said] == ["来了", "来了", "来了", "很快", "可以了"]


async def test_the_speed_is_the_pace(pond: Pond, tmp_path: Path) -> None:
    path = recording(tmp_path, line(0.0), line(3.0, user="u2"))
    began = time.monotonic()

    await replayed(pond, path, speed=10)

    assert 0.3 <= time.monotonic() - began < 3


def test_lines_that_are_no_comments_are_named(tmp_path: Path) -> None:
    report = Report()
    path = recording(tmp_path, "{", line(1.0), {"text": "?"}, line(2.0, mode=99), line(3.0, '[0,0,"1-1",4', mode=7))

    found = read_recording(path, report)

    assert [one.row for one in found] == [2]
    assert [one.row for one in report.problems] == [1, 3, 4, 5]


def test_a_comment_at_a_place_of_its_own_flies_like_others(tmp_path: Path) -> None:
    (found,) = read_recording(recording(tmp_path, line(1.0, '[0,0,"1-1",4,"在这里"]', mode=7)), Report())

    assert (found.text, found.mode) == ("在这里", BulletMode.SCROLL)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotImport):
        read_recording(tmp_path / "nothing.jsonl", Report())
