"""Paint: colours, light, and the sheet on which a thing is shown."""

from __future__ import annotations

import colorsys
import hashlib

INK = "#3d3a34"
PAPER = "#f6f1e6"
SEAL = "#b5432f"
SERIF = "'Noto Serif CJK SC','Songti SC','Source Han Serif SC',SimSun,serif"

_LIGHT = """<defs>
<linearGradient id="light"><stop offset="0" stop-color="#fff" stop-opacity=".38"/>
<stop offset=".42" stop-color="#fff" stop-opacity="0"/>
<stop offset="1" stop-color="#2a2013" stop-opacity=".26"/></linearGradient>
<linearGradient id="fall" x2="0" y2="1"><stop offset="0" stop-color="#fff" stop-opacity=".3"/>
<stop offset="1" stop-color="#2a2013" stop-opacity=".16"/></linearGradient>
<radialGradient id="moon"><stop offset="0" stop-color="#fff" stop-opacity=".9"/>
<stop offset="1" stop-color="#fff" stop-opacity=".25"/></radialGradient>
<filter id="soft" x="-20%" y="-60%" width="140%" height="220%"><feGaussianBlur stdDeviation="9"/></filter></defs>"""


def mixed(colour: str, other: str, share: float) -> str:
    """The colour with so much of another one in it.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#7f7f7f'
    """
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{int(a + (b - a) * share):02x}" for a, b in pairs)


def pale(colour: str, share: float = 0.5) -> str:
    return mixed(colour, "#ffffff", share)


def deep(colour: str, share: float = 0.35) -> str:
    return mixed(colour, "#241b12", share)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def by_chance(name: str, most: int) -> int:
    """A number below `most` that is always the same for the same name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % most


def hue(name: str, saturation: float = 0.3, value: float = 0.78) -> str:
    """A muted colour that is always the same for the same name."""
    parts = colorsys.hsv_to_rgb(by_chance(name, 360) / 360, saturation, value)
    return "#" + "".join(f"{int(part * 255):02x}" for part in parts)


def solid(path: str, colour: str, light: str = "light") -> str:
    """A shape with light on it from the left, or with `fall` from above."""
    return f'<path d="{path}" fill="{colour}"/><path d="{path}" fill="url(#{light})"/>'


def disc(x: float, y: float, rx: float, ry: float, colour: str, light: str = "light") -> str:
    """An ellipse with light on it."""
    place = f'cx="{x}" cy="{y}" rx="{rx}" ry="{ry}"'
    return f'<ellipse {place} fill="{colour}"/><ellipse {place} fill="url(#{light})"/>'


def line(path: str, colour: str, width: float = 3, opacity: float = 1) -> str:
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-opacity="{opacity}" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    )


def words(text: str, x: float, y: float, size: float, colour: str = INK, *, upright: bool = False) -> str:
    """A few characters around a place; upright ones stand below each other."""
    if not upright:
        return _glyphs(text, x, y + size * 0.35, size, colour)
    top = y - (len(text) - 1) * size * 0.58
    return "".join(_glyphs(c, x, top + i * size * 1.16 + size * 0.35, size, colour) for i, c in enumerate(text))


def _glyphs(text: str, x: float, y: float, size: float, colour: str) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{colour}" text-anchor="middle" '
        f'font-family="{SERIF}" font-weight="600">{text}</text>'
    )


def seal(x: float, y: float, size: float = 44) -> str:
    """The brand's seal: 半亩, cut in red."""
    half = size / 2
    return (
        f'<rect x="{x - half:g}" y="{y - half:g}" width="{size:g}" height="{size:g}" rx="{size / 7:g}" fill="{SEAL}"/>'
        + words("半", x, y - size * 0.2, size * 0.4, PAPER)
        + words("亩", x, y + size * 0.22, size * 0.4, PAPER)
    )


def ripples(x: float, y: float, colour: str, rings: int = 3, width: float = 120) -> str:
    return "".join(
        f'<ellipse cx="{x:g}" cy="{y:g}" rx="{width * (i + 1):g}" ry="{width * (i + 1) * 0.16:g}" fill="none" '
        f'stroke="{colour}" stroke-width="2" stroke-opacity="{0.5 / (i + 1):.2f}"/>'
        for i in range(rings)
    )


def sheet(content: str, *, width: int = 600, height: int = 600) -> str:
    """A whole picture."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f"{_LIGHT}{content}</svg>"
    )


def studio(thing: str, air: str, name: str) -> str:
    """A thing on a table, the moon behind it: the first picture of a product."""
    moon_x = 190 + by_chance(name, 220)
    return sheet(
        f'<rect width="600" height="600" fill="{pale(air, 0.62)}"/>'
        f'<circle cx="{moon_x}" cy="235" r="165" fill="url(#moon)"/>'
        f'<path d="M0 452h600v148H0z" fill="{pale(air, 0.36)}"/>'
        f'<path d="M0 452h600" stroke="{deep(air, 0.1)}" stroke-opacity=".25" stroke-width="2"/>'
        + ripples(300, 520, deep(air, 0.2))
        + f'<ellipse cx="306" cy="462" rx="196" ry="22" fill="{deep(air)}" opacity=".38" filter="url(#soft)"/>'
        + f'<g transform="translate(-66 -99) scale(1.22)">{thing}</g>'
        + seal(548, 548)
    )


def still_life(thing: str, air: str, name: str) -> str:
    """The thing closer, framed by a round window with leaves: the second picture of a product."""
    tilt = by_chance(name, 60) - 30
    leaf = pale(mixed(air, "#4f6b4a", 0.55), 0.15)
    leaves = "".join(
        f'<path d="M0 0q26-34 74-22q-22 40-74 22z" fill="{leaf}" opacity=".{55 + 9 * i}" '
        f'transform="translate({40 + 26 * i} {120 - 30 * i}) rotate({tilt + 34 * i})"/>'
        for i in range(4)
    )
    return sheet(
        f'<rect width="600" height="600" fill="{deep(air, 0.22)}"/>'
        f'<circle cx="300" cy="300" r="262" fill="{pale(air, 0.7)}"/>'
        f'<circle cx="300" cy="300" r="272" fill="none" stroke="{PAPER}" stroke-opacity=".5" stroke-width="3"/>'
        f'<clipPath id="window"><circle cx="300" cy="300" r="262"/></clipPath>'
        f'<g clip-path="url(#window)"><path d="M0 470h600v130H0z" fill="{pale(air, 0.45)}"/>'
        f'<ellipse cx="306" cy="480" rx="206" ry="24" fill="{deep(air)}" opacity=".35" filter="url(#soft)"/>'
        f'<g transform="translate(-84 -110) scale(1.28)">{thing}</g></g>{leaves}' + seal(548, 52)
    )
