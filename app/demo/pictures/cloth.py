"""Cloth: bedding, towels, what is worn at home."""

from __future__ import annotations

from app.demo.pictures.paint import PAPER, deep, line, pale, solid, words


def bedding(tint: str, _: str = "") -> str:
    """Four pieces folded, two pillows on them."""
    folds = "".join(
        solid(f"M132 {400 - 46 * i}q-16 24 0 46h336q20-24 0-46z", colour, "fall")
        + line(f"M140 {424 - 46 * i}h322", deep(colour, 0.3), 2, 0.5)
        for i, colour in enumerate((deep(tint, 0.12), tint, pale(tint, 0.3)))
    )
    pillow = "M{x} 224q60-18 {w} 0q22 44 0 86q-{h} 18-{w} 0q-24-42 0-86z"
    return (
        folds
        + solid(pillow.format(x=164, w=146, h=73), pale(tint, 0.5), "fall")
        + solid(pillow.format(x=296, w=146, h=73), pale(tint, 0.18), "fall")
        + line("M186 250q52-12 104 0M320 250q50-12 100 0", deep(tint, 0.3), 2, 0.4)
    )


def quilt(tint: str, _: str = "") -> str:
    """A summer quilt, rolled and tied."""
    return (
        solid("M150 288h300q46 84 0 166H150q-50-82 0-166z", tint, "fall")
        + f'<ellipse cx="150" cy="371" rx="36" ry="83" fill="{pale(tint, 0.4)}"/>'
        + line("M150 310q22 40 10 70t-22 0q-4-24 12-28", deep(tint, 0.3), 4, 0.7)
        + "".join(line(f"M{222 + 46 * i} 292q20 80 0 158", deep(tint, 0.25), 2, 0.35) for i in range(5))
        + f'<path d="M296 286h24v170h-24z" fill="{PAPER}" opacity=".9"/>'
        + line("M308 366q-40-34-46-6t46 6q40-34 46-6t-46 6m0 0l-22 44m22-44l24 44", deep(tint, 0.4), 5)
    )


def towels(tint: str, _: str = "") -> str:
    """Three rolled towels in a heap."""
    roll = (
        solid("M-118 -44h210q28 44 0 88h-210z", tint, "fall")
        + f'<circle cx="-118" cy="0" r="44" fill="{pale(tint, 0.35)}"/>'
        + line("M-118 -28a28 28 0 1 1-26 20a18 18 0 1 1 26 20", deep(tint, 0.3), 4, 0.7)
        + line("M62 -44q26 44 0 88M44 -44q26 44 0 88", pale(tint, 0.6), 4, 0.8)
    )
    places = ((250, 408), (380, 408), (318, 324))
    return "".join(f'<g transform="translate({x} {y})">{roll}</g>' for x, y in places)


def apron(tint: str, _: str = "") -> str:
    """A linen apron on its hook."""
    return (
        line("M244 200q56-90 112 0", deep(tint, 0.3), 8)
        + solid("M236 196q64 18 128 0q4 60 54 86v160q-118 24-236 0V282q50-26 54-86z", tint)
        + solid("M240 330h120v70q-60 18-120 0z", pale(tint, 0.2), "fall")
        + line("M182 300q-60 10-70 60M418 300q60 10 70 60", deep(tint, 0.25), 6)
        + line("M300 332v76", deep(tint, 0.3), 2, 0.5)
    )


def pillowcase(tint: str, _: str = "") -> str:
    """A silk pillow with a soft dent."""
    return (
        solid("M130 290q170-54 340 0q34 70 0 140q-170 44-340 0q-36-70 0-140z", tint, "fall")
        + line("M150 300q-24 60 0 118M450 300q24 60 0 118", pale(tint, 0.6), 3, 0.9)
        + line("M210 350q90 52 180-6M236 384q70 30 130-8", "#ffffff", 6, 0.4)
    )


def shawl(tint: str, _: str = "") -> str:
    """A shawl over a rail, fringes down."""
    fringe = "".join(line(f"M{196 + 12 * i} 432v26", deep(tint, 0.15), 4) for i in range(18))
    return (
        line("M110 196h380", "#7a5c43", 12)
        + solid("M188 190h224q10 130 0 244H188q-12-120 0-244z", tint)
        + solid("M216 190h96q8 60-6 120h-84q-12-60-6-120z", pale(tint, 0.22), "fall")
        + line("M250 200q10 110 0 228M352 200q-12 110 4 228M300 320q6 60 0 110", deep(tint, 0.3), 3, 0.35)
        + fringe
    )


def robe(tint: str, _: str = "") -> str:
    """A cross-collared robe, sleeves out."""
    return (
        line("M130 176h340", "#7a5c43", 10)
        + solid("M248 180L120 250l20 92 76-24v130h168V318l76 24 20-92-128-70q-52 36-104 0z", tint)
        + line("M250 184l86 130v134M350 184l-78 116", pale(tint, 0.6), 12)
        + solid("M216 336h168v26H216z", deep(tint, 0.25), "fall")
        + line("M320 362l18 50M312 362l-8 46", deep(tint, 0.3), 6)
    )


def tote(tint: str, word: str) -> str:
    """A canvas bag with a word on it."""
    return (
        line("M240 258q4-112 60-112t60 112", deep(tint, 0.3), 14)
        + solid("M176 250h248l20 200q-144 20-288 0z", tint)
        + line("M178 268h244", deep(tint, 0.25), 2, 0.6)
        + words(word[:4], 300, 350, 44, deep(tint, 0.6))
        + line("M226 396q24-20 50 0t50 0 50 0", "#4f7c85", 5)
    )
