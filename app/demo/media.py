"""Draws every picture of the sample brand into a folder, once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.demo import content
from app.demo.goods import tinted
from app.demo.pictures import products, scenes
from app.demo.pictures.film import film
from app.demo.pictures.gifts import gift
from app.demo.pictures.sound import melody

STAMP = "drawn"
_SOURCES = Path(__file__).parent


def draw(folder: Path) -> None:
    """Draw what the folder does not hold as it is drawn now; nothing to do when it does."""
    wanted = _fingerprint()
    stamp = folder / STAMP
    if stamp.exists() and stamp.read_text() == wanted:
        return
    for name, data in _files():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    stamp.write_text(wanted)


def _fingerprint() -> str:
    """Changes with whatever the pictures are made from."""
    sources = sorted([*_SOURCES.rglob("*.py"), *_SOURCES.rglob("*.toml")])
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()


def _files() -> Iterator[tuple[str, bytes]]:
    for name, picture in _pictures():
        yield f"{name}.svg", picture.encode()
    yield "posts/yu-luo-fangtang-0.wav", melody()
    yield "posts/huan-shui-0.mp4", film()


def _pictures() -> Iterator[tuple[str, str]]:
    brand = content.read("brand")
    yield "brand", scenes.pond("半亩", "#8fae9f", "半亩方塘一鉴开")
    yield "rooms/yehua", scenes.dusk("夜话", "#3f7a78")
    yield from ((f"avatars/{number}", scenes.avatar(number)) for number in range(scenes.AVATARS))
    yield from ((f"people/{one['key']}", scenes.portrait(one["name"])) for one in [*brand["guide"], *brand["staff"]])
    yield from ((f"stores/{one['slug']}", scenes.shop(one["name"], one["tint"])) for one in brand["store"])
    yield from ((f"gifts/{one['code']}", gift(one["code"])) for one in brand["gift"])
    for category in brand["category"]:
        for slug, name in [(category["slug"], category["name"]), *category["children"]]:
            yield f"categories/{slug}", scenes.pond(slug, category["air"], name, width=600)
    for product in content.read("products")["product"]:
        yield from _of_product(product)
    for post in content.read("posts")["post"]:
        yield from _of_post(post)


def _of_post(said: dict[str, Any]) -> Iterator[tuple[str, str]]:
    slug, tint = said["slug"], said["tint"]
    yield f"posts/{slug}", scenes.pond(slug, tint)
    for number, (kind, text) in enumerate(said["blocks"]):
        if kind == "pond":
            yield f"posts/{slug}-{number}", scenes.pond(f"{slug} {text}", tint)


def _of_product(said: dict[str, Any]) -> Iterator[tuple[str, str]]:
    slug, (shape, tint, word) = said["slug"], said["draw"]
    air = content.category_of(said["category"])["air"]
    tints = content.read("products")["tints"]
    yield f"products/{slug}", products.on_a_table(shape, tint, word, air, slug)
    yield f"products/{slug}-window", products.in_a_window(shape, tint, word, air, slug)
    for number, colour in enumerate(tinted(said), 1):
        yield f"products/{slug}-{number}", products.on_a_table(shape, tints[colour], word, air, slug)
