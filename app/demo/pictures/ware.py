"""Things for the table and the room: bowls, plates, pots, vases."""

from __future__ import annotations

from math import cos, pi, sin

from app.demo.pictures.paint import PAPER, deep, disc, line, mixed, pale, solid
from app.demo.pictures.tea import steam


def bowl(tint: str, _: str = "") -> str:
    """A rice bowl with ripples."""
    return (
        solid("M150 300q12 128 104 150h92q92-22 104-150z", tint)
        + f'<path d="M262 446h76v14h-76z" fill="{deep(tint, 0.15)}"/>'
        + disc(300, 300, 150, 30, pale(tint, 0.55), "fall")
        + disc(300, 304, 128, 22, deep(tint, 0.1))
        + line("M162 346q34 14 69 0t69 0 69 0 69 0M176 378q31 12 62 0t62 0 62 0 62 0", deep(tint, 0.3), 4, 0.55)
        + line("M196 408q26 10 52 0t52 0 52 0 52 0", deep(tint, 0.3), 4, 0.35)
    )


def plate(tint: str, _: str = "") -> str:
    """A lotus plate, seen from above."""
    petals = "".join(
        f'<g transform="rotate({30 * i} 300 320)">{solid("M300 320q-52-70 0-146q52 76 0 146z", tint, "fall")}</g>'
        for i in range(12)
    )
    return (
        petals
        + disc(300, 320, 84, 84, pale(tint, 0.4), "fall")
        + disc(300, 320, 44, 44, mixed(tint, "#8a9a5b", 0.4))
        + "".join(
            f'<circle cx="{300 + 24 * cos(turn):.1f}" cy="{320 + 24 * sin(turn):.1f}" r="6" fill="{PAPER}"/>'
            for turn in (i * pi / 3 for i in range(6))
        )
    )


def chopsticks(tint: str, _: str = "") -> str:
    """Pairs of walnut on a rest."""
    pair = "".join(
        f'<g transform="translate({x} 0) rotate({turn} 300 330)">'
        f"{solid('M292 150h16l-4 300h-8z', deep(tint, 0.08 * i))}"
        f'<path d="M292 150h16l-1 40h-14z" fill="#c9a86a"/></g>'
        for i, (x, turn) in enumerate(((-74, 16), (-38, 13), (18, 9), (58, 6)))
    )
    return pair + solid("M170 400q130-34 268 0v26q-134 24-268 0z", "#8aa39a", "fall")


def stew_pot(tint: str, _: str = "") -> str:
    """A pot of coarse clay, simmering."""
    return (
        solid("M150 330h-40q-8 34 40 36zM450 330h40q8 34-40 36z", deep(tint, 0.2))
        + solid("M146 316q2 108 72 136h164q70-28 72-136z", tint)
        + disc(300, 316, 154, 26, deep(tint, 0.25))
        + solid("M158 310q24-60 142-60t142 60q-142 30-284 0z", pale(tint, 0.08))
        + disc(300, 248, 24, 16, deep(tint, 0.15))
        + line("M164 366q136 34 272 0", pale(tint, 0.3), 3, 0.6)
        + steam(220)
    )


def vase(tint: str, _: str = "") -> str:
    """A low vase with one branch in blossom."""
    blossoms = "".join(
        f'<g transform="translate({x} {y})"><circle r="{r}" fill="#e9b7b0"/><circle r="{r / 3:g}" fill="#c4574a"/></g>'
        for x, y, r in ((372, 176, 15), (402, 132, 12), (336, 208, 11), (432, 170, 10), (250, 176, 13), (226, 142, 9))
    )
    return (
        line("M300 300q20-96 132-170M318 240q-40-60-96-104M352 196q46-8 84-28", "#6b5140", 7)
        + blossoms
        + solid("M262 288q6 24-36 62q-46 62 18 102h112q64-40 18-102q-42-38-36-62z", tint)
        + disc(300, 288, 38, 9, deep(tint, 0.3), "fall")
        + line("M214 388q86 24 172 0", pale(tint, 0.5), 3, 0.7)
    )
