"""Tea and what it is made in: tins, cakes, pots, cups."""

from __future__ import annotations

from app.demo.pictures.paint import INK, PAPER, deep, disc, line, mixed, pale, solid, words

STEAM = "M290 {y}c-18-22 18-34 0-60M318 {y}c-14-18 14-30 0-52"


def steam(y: float = 230) -> str:
    return line(STEAM.format(y=y), "#ffffff", 5, 0.75)


def tin(tint: str, word: str) -> str:
    """A caddy with a paper label."""
    return (
        solid("M205 250h190v186a95 20 0 0 1-190 0z", tint)
        + solid("M198 205h204v58a102 22 0 0 1-204 0z", deep(tint, 0.2))
        + disc(300, 205, 102, 22, pale(deep(tint, 0.2), 0.25), "fall")
        + line("M205 300a95 20 0 0 0 190 0", pale(tint, 0.4), 2, 0.6)
        + f'<path d="M262 305q38 7 76 0v118q-38 8-76 0z" fill="{PAPER}"/>'
        + words(word, 300, 364, 27, upright=True)
    )


def pouch(tint: str, word: str) -> str:
    """A standing bag, sealed above."""
    return (
        solid("M205 215h190l14 226q-109 26-218 0z", tint)
        + f'<path d="M203 215h194l2 26H201z" fill="{deep(tint, 0.25)}"/>'
        + line("M206 250h188", pale(tint, 0.5), 2, 0.7)
        + disc(300, 345, 62, 62, PAPER, "fall")
        + words(word[:2], 300, 330, 34)
        + words(word[2:4], 300, 368, 24, deep(tint, 0.4))
    )


def tea_cake(tint: str, word: str) -> str:
    """A pressed cake, leaning on its wrapper."""
    rays = "".join(
        f'<path d="M300 320L{300 + 126 * x:g} {320 + 126 * y:g}" stroke="{deep(PAPER, 0.12)}" stroke-width="2"/>'
        for x, y in ((1, 0), (-1, 0), (0.7, 0.7), (-0.7, 0.7), (0.7, -0.7), (-0.7, -0.7), (0, 1), (0, -1))
    )
    return (
        disc(372, 340, 108, 112, tint)
        + line("M330 270q30 20 80 8M350 330q40-16 80 4M340 400q40-10 76 6", deep(tint), 4, 0.4)
        + disc(280, 320, 132, 132, PAPER)
        + rays
        + disc(280, 320, 62, 62, pale(tint, 0.35), "fall")
        + words(word[:2], 280, 304, 30)
        + words(word[2:4], 280, 340, 30)
    )


def sampler(tint: str, word: str) -> str:
    """A box of small tins, four seasons of tea."""
    seasons = ("#8fae7a", "#5f8f86", "#c98a4b", "#8c6a5a")
    tins = "".join(
        solid(f"M{190 + 58 * i} 300h48v108a24 7 0 0 1-48 0z", colour)
        + disc(214 + 58 * i, 300, 24, 7, pale(colour), "fall")
        + words(letter, 214 + 58 * i, 358, 26, PAPER)
        for i, (colour, letter) in enumerate(zip(seasons, "春夏秋冬", strict=True))
    )
    return (
        solid("M160 250h280v190H160z", deep(tint, 0.3))
        + f'<path d="M176 266h248v158H176z" fill="{deep(tint, 0.55)}"/>'
        + tins
        + solid("M160 416h280v40H160z", tint, "fall")
        + words(word[:4], 300, 436, 20, PAPER)
    )


def gaiwan(tint: str, _: str = "") -> str:
    """A lidded bowl on its saucer."""
    return (
        disc(300, 446, 150, 20, pale(tint, 0.25))
        + disc(300, 440, 112, 12, deep(tint, 0.12))
        + solid("M180 285q12 120 78 146h84q66-26 78-146z", tint)
        + disc(300, 285, 120, 20, pale(tint, 0.55), "fall")
        + solid("M196 282q20-62 104-62t104 62q-104 26-208 0z", pale(tint, 0.12))
        + solid("M278 222q0-22 22-22t22 22z", tint)
        + line("M206 350q94 26 188 0", pale(tint, 0.6), 3, 0.8)
        + line("M250 392q22-20 50 0q-28 18-50 0m50 0l16-10v20z", deep(tint, 0.3), 3, 0.7)
    )


def pitcher(tint: str, _: str = "") -> str:
    """A fairness jug with a lotus leaf's rim."""
    return (
        line("M402 300q62 0 56 60t-74 52", deep(tint, 0.15), 18)
        + solid("M196 262q16 30 12 76q-6 70 34 108h118q40-38 32-108q-4-46 14-82q-40 20-96 20t-114-14z", tint)
        + solid("M196 262q44-34 110-30t100 24q-40 22-98 22t-112-16z", pale(tint, 0.45), "fall")
        + line("M300 276v150M262 272q-10 80 8 158M344 276q12 80-10 150", pale(tint, 0.5), 2, 0.7)
    )


def cups(tint: str, _: str = "") -> str:
    """Two tasting cups; a fish swims in the nearer one."""
    cup = (
        solid("M-90 -60q8 96 54 120h72q46-24 54-120z", tint)
        + disc(0, -60, 90, 22, pale(tint, 0.6), "fall")
        + disc(0, -56, 74, 15, "#c8a25c", "fall")
    )
    fish = line("M-40 8q30-26 64 0q-34 24-64 0m64 0l22-14v28z", deep(tint, 0.45), 3)
    return f'<g transform="translate(378 352) scale(.86)">{cup}</g><g transform="translate(246 392)">{cup}{fish}</g>'


def teapot(tint: str, _: str = "") -> str:
    """A small pot of purple clay."""
    return (
        solid("M150 318l66 44v44q-50-8-80-70z", deep(tint, 0.08))
        + line("M418 300q92-8 78 72t-92 46", deep(tint, 0.12), 22)
        + solid("M196 340q0-64 104-64t112 64q8 76-46 108H242q-50-36-46-108z", tint)
        + disc(304, 280, 70, 15, deep(tint, 0.2), "fall")
        + solid("M240 276q10-34 64-34t64 34q-64 16-128 0z", pale(tint, 0.06))
        + disc(304, 234, 20, 18, deep(tint, 0.1))
        + line("M240 380q60 18 126 0", deep(tint, 0.3), 3, 0.6)
        + line("M270 330v96M300 330v100M332 330v98", deep(tint, 0.3), 2, 0.35)
    )


def slab(tint: str, _: str = "") -> str:
    """A tea tray of slate, with a pot's wet ring and two drops."""
    return (
        solid("M116 372l64-64h250l58 64v34q-186 42-372 0z", tint, "fall")
        + f'<path d="M116 372l64-64h250l58 64q-186 40-372 0z" fill="{pale(tint, 0.16)}"/>'
        + disc(300, 348, 76, 20, deep(tint, 0.25))
        + disc(300, 346, 62, 15, pale(tint, 0.1), "fall")
        + line("M150 372q60-22 104-12M360 340q44-8 92 22", pale(tint, 0.4), 2, 0.6)
        + disc(412, 372, 12, 5, pale(tint, 0.6))
        + disc(188, 350, 8, 3.5, pale(tint, 0.6))
    )


def kettle(tint: str, _: str = "") -> str:
    """An iron kettle under its bail."""
    dots = "".join(
        f'<circle cx="{214 + 24 * i}" cy="{346 + 24 * j + abs(i - 3.5) * 2:g}" r="4" fill="{pale(tint, 0.3)}"/>'
        for i in range(8)
        for j in range(3)
    )
    return (
        line("M206 300q-10-150 94-150t94 150", deep(tint, 0.2), 16)
        + solid("M180 330l-64-34q-12 40 66 90z", deep(tint, 0.1))
        + solid("M176 356q4-74 124-74t124 74q2 72-44 94H220q-46-22-44-94z", tint)
        + dots
        + disc(300, 284, 66, 14, deep(tint, 0.3), "fall")
        + disc(300, 262, 16, 16, "#b08d57")
        + steam(140)
    )


def scoop(tint: str, _: str = "") -> str:
    """A brass scoop, and some leaves in it."""
    leaves = line("M238 352l34-18M262 364l40-8M250 340l50 4M290 350l22-22", "#5d6b43", 7)
    return (
        solid("M330 356l136-132q18-10 24 6t-10 22L356 388z", deep(tint, 0.08))
        + solid("M176 352q66-64 172-18q28 22 8 48q-110 44-180-30z", tint)
        + solid("M192 352q64-46 146-8q16 14 4 30q-92 28-150-22z", deep(tint, 0.3), "fall")
        + leaves
        + words("则", 432, 276, 22, mixed(tint, INK, 0.6))
    )
