"""Plays of integrators: found where they are installed, used like ours, and refused when they are none."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest

import app.plays
from app.plays import BadPlugin, installed_plays
from domain.promotions.registry import BUILT_IN
from tests.makers_catalogue import a_variant, staff
from tests.makers_promotions import PAUSE, a_promotion, line, quoted
from tests.pond import Pond

GUIDE = (Path(app.plays.__file__).parent.parent / "docs" / "how-to-add-a-play.md").read_text()


def of_the_guide(language: str) -> str:
    """The block of code that the guide shows in a language."""
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found, f"the guide shows no {language}"
    return found[1]


def install(folder: Path, name: str, module: str, points: dict[str, str]) -> None:
    """Put a package where Python finds it, as pip does: its module, its name and its entry points."""
    told = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = "".join(f"{point} = {value}\n" for point, value in points.items())
    (told / "entry_points.txt").write_text(f"[yutang.plays]\n{lines}")
    (folder / f"{name.replace('-', '_')}.py").write_text(module)


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path, forgotten after the test."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def install_the_guides(packages: Path) -> None:
    project = tomllib.loads(of_the_guide("toml"))["project"]
    install(packages, project["name"], "", project["entry-points"]["yutang.plays"])
    (packages / "round_down.py").write_text(of_the_guide("python"))


async def test_the_play_of_the_guide_is_installed_and_sells(pond: Pond, packages: Path) -> None:
    install_the_guides(packages)
    pond.services.plays = installed_plays()
    variant = await a_variant(pond)

    promotion_id = await a_promotion(pond, {"custom": {"kind": "ROUND_DOWN", "terms": {"to": 10_00}}}, name="抹零")

    quote = await quoted(pond, line(variant))
    assert quote["steps"] == [{"kind": "ROUND_DOWN", "name": "抹零", "amount": {"minor": 9_00}}]
    assert quote["total"]["minor"] == 190_00
    found = await pond.ask("query ($id: ID!) { promotion(id: $id) { terms summary } }", staff(), id=promotion_id)
    assert found["promotion"] == {"terms": {"to": 10_00}, "summary": "抹零"}


async def test_the_example_of_the_guide_is_a_document(pond: Pond, packages: Path) -> None:
    install_the_guides(packages)
    pond.services.plays = installed_plays()

    data = await pond.ask(of_the_guide("graphql"), staff(), terms={"to": 100})
    (error,) = await pond.refused(of_the_guide("graphql"), staff(), terms={"to": 1})

    assert data["promotionCreate"]["promotion"]["terms"] == {"to": 100}
    assert error["path"] == ["input", "play", "custom", "terms", "to"]


async def test_what_is_no_longer_installed_lowers_no_price_and_can_be_paused(pond: Pond, packages: Path) -> None:
    install_the_guides(packages)
    pond.services.plays = installed_plays()
    variant = await a_variant(pond)
    promotion_id = await a_promotion(pond, {"custom": {"kind": "ROUND_DOWN", "terms": {"to": 10_00}}})

    pond.services.plays = BUILT_IN
    total = (await quoted(pond, line(variant)))["total"]["minor"]
    paused = (await pond.ask(PAUSE, staff(), id=promotion_id))["promotionPause"]

    assert (total, paused["promotion"]) == (199_00, {"state": "PAUSED"})


def test_without_plug_ins_there_are_our_own(packages: Path) -> None:
    assert packages.exists()
    assert installed_plays() is BUILT_IN
    assert isinstance(BUILT_IN, MappingProxyType)


A_PLAY = """
from dataclasses import dataclass
from domain.promotions.stages import Stage

@dataclass(frozen=True)
class Terms:
    fen: int = 1

class Play:
    kind, stage, rank, terms_type = {kind!r}, {stage}, 0, {terms}
    def check(self, terms): ...
    def variants(self, terms): return ()
    def {method}(self, promotion, sheet): ...
"""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"kind": "NTH_ITEM"}, "there is a play of kind NTH_ITEM already", id="the kind of one of ours"),
        pytest.param({"kind": "no word"}, "its kind is to be a word", id="no kind"),
        pytest.param({"stage": "Stage.COUPON"}, "its stage is to be one of", id="a stage that is not for plays"),
        pytest.param({"terms": "dict"}, "its terms_type is to be a dataclass", id="terms of any shape"),
        pytest.param({"method": "act"}, "it has no apply", id="nothing that it does"),
        pytest.param({"stage": "NO_STAGE"}, "it cannot be loaded: NameError", id="a module that fails"),
    ],
)
def test_a_bad_plug_in_is_refused_in_one_line(packages: Path, changed: dict[str, str], said: str) -> None:
    whole = {"kind": "MINE", "stage": "Stage.SUBTOTAL", "terms": "Terms", "method": "apply"} | changed
    install(packages, "bad-play", A_PLAY.format(**whole), {"mine": "bad_play:Play"})

    with pytest.raises(BadPlugin) as refused:
        installed_plays()

    assert str(refused.value).startswith("the play mine of bad-play cannot be used: ")
    assert said in str(refused.value)


def test_two_plug_ins_of_one_kind_are_refused(packages: Path) -> None:
    module = A_PLAY.format(kind="MINE", stage="Stage.SUBTOTAL", terms="Terms", method="apply")
    install(packages, "one-play", module, {"a": "one_play:Play"})
    install(packages, "other-play", module, {"b": "other_play:Play"})

    with pytest.raises(BadPlugin, match=r"the play b of other-play .* kind MINE already, of one-play"):
        installed_plays()
