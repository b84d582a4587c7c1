"""Icons of gifts, by code."""

from __future__ import annotations

from app.demo.pictures.paint import PAPER, line, sheet, solid
from app.demo.pictures.scenes import KOI

GREEN, RED, GOLD, BLUE = "#6f9a63", "#d9653f", "#e8b04c", "#7fb4c9"


def tea() -> str:
    cup = "M30 56h84v10h8q20 0 20 22t-26 22h-6q-8 22-38 22t-42-76zM114 76v24h8q8-2 8-12t-16-12z"
    return solid(cup, "#7fae8e") + line("M56 44q-8-12 2-22M78 44q-8-12 2-22", "#b9cfc0", 5)


def heart() -> str:
    """Two halves of a lotus seed, which are one heart."""
    halves = "M80 136Q20 96 24 58q8-36 44-22q10 6 12 14q2-8 12-14q36-14 44 22q4 38-56 78z"
    return solid(halves, "#d9707a") + line("M80 70v44M60 84q20 14 40 0", PAPER, 4, 0.7)


def rose() -> str:
    return (
        line("M80 102v44M80 128q18-18 34-10", GREEN, 6)
        + solid("M80 30q34 4 34 38t-34 34q-34 0-34-34t34-38z", "#c94f55")
        + line("M80 46q20 6 12 24t-28 4q-6-14 8-18M58 88q22 12 44-2", "#e58f8c", 5)
    )


def lotus() -> str:
    petals = "".join(
        f'<g transform="rotate({turn} 80 120)">{solid("M80 120q-26-40 0-88q26 48 0 88z", "#eaa0ae", "fall")}</g>'
        for turn in (-60, 60, -30, 30, 0)
    )
    return petals + solid("M20 118q60 40 120 0q-12 28-60 28t-60-28z", GREEN)


def koi() -> str:
    eye = f'<circle cx="-20" cy="-3" r="3" fill="{PAPER}"/>'
    return f'<g transform="translate(84 80) scale(1.75)">{solid(KOI, "#e0653a")}{eye}</g>'


def star() -> str:
    """A lantern that is set afloat."""
    return (
        solid("M80 22l40 40-14 60H54L40 62z", GOLD)
        + solid("M46 122h68l-10 20H56z", "#a8703a")
        + line("M80 60v40M62 80h36", PAPER, 5, 0.8)
    )


def crown() -> str:
    """A wreath of flowers."""
    flowers = "".join(
        f'<g transform="rotate({36 * i} 80 82)">'
        f"{solid('M80 30q18-4 18 12t-18 14q-18 2-18-13t18-13z', ('#d9707a', GOLD)[i % 2], 'fall')}"
        f'<circle cx="80" cy="44" r="4" fill="{PAPER}"/></g>'
        for i in range(10)
    )
    return f'<circle cx="80" cy="82" r="40" fill="none" stroke="{GREEN}" stroke-width="9"/>{flowers}'


def rocket() -> str:
    """Fireworks over the pond."""
    rays = "".join(
        f'<g transform="rotate({30 * i} 80 80)">'
        + line("M80 64V34", (GOLD, RED, BLUE)[i % 3], 6)
        + f'<circle cx="80" cy="22" r="5" fill="{(GOLD, RED, BLUE)[i % 3]}"/></g>'
        for i in range(12)
    )
    return rays + '<circle cx="80" cy="80" r="9" fill="#fff3d1"/>'


_ICONS = {icon.__name__: icon for icon in (tea, heart, rose, lotus, koi, star, crown, rocket)}


def gift(code: str) -> str:
    """The icon of a gift."""
    return sheet(_ICONS[code](), width=160, height=160)
