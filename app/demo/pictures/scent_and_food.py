"""Scent and food: incense, candles, jars, cakes."""

from __future__ import annotations

from app.demo.pictures.paint import PAPER, SEAL, deep, disc, line, mixed, pale, solid, words


def incense(tint: str, _: str = "") -> str:
    """Three sticks in a lotus holder, their smoke entwined."""
    return (
        line("M284 400L270 200M300 400V176M318 400l12-190", "#7d5a3c", 6)
        + line("M300 172c-40-40 36-58 0-104s20-40 8-60M270 196c-30-30 18-40-2-76", "#ffffff", 6, 0.7)
        + "".join(f'<circle cx="{x}" cy="{y}" r="5" fill="#d96b3f"/>' for x, y in ((270, 198), (300, 174), (330, 208)))
        + "".join(
            f'<g transform="rotate({turn} 300 440)">{solid("M300 452q-30-40 0-76q30 36 0 76z", tint, "fall")}</g>'
            for turn in (-66, 66, -36, 36, 0)
        )
        + disc(300, 448, 120, 14, deep(tint, 0.2))
    )


def candle(tint: str, word: str) -> str:
    """A candle in a glass."""
    return (
        disc(300, 200, 70, 90, "#ffe7b0").replace('fill="#ffe7b0"', 'fill="#ffe7b0" opacity=".45"')
        + solid("M300 148q30 44 0 76q-30-32 0-76z", "#f2a541", "fall")
        + line("M300 224v28", "#4a3b2f", 5)
        + solid("M206 262h188v172a94 20 0 0 1-188 0z", pale(tint, 0.25))
        + disc(300, 262, 94, 20, pale(tint, 0.75), "fall")
        + disc(300, 268, 80, 14, tint)
        + f'<path d="M246 326h108v76H246z" fill="{PAPER}"/>'
        + words(word[:2], 300, 352, 30)
        + words(word[2:4], 300, 384, 18, deep(tint, 0.3))
    )


def diffuser(tint: str, word: str) -> str:
    """A bottle with reeds."""
    return (
        line("M292 260L236 110M298 260L286 92M304 260L340 98M308 260L382 130", "#a58358", 6)
        + solid("M268 246h64v42q58 26 58 76v58q0 32-32 32H242q-32 0-32-32v-58q0-50 58-76z", tint)
        + f'<path d="M216 386h168v34q0 28-28 28H244q-28 0-28-28z" fill="{mixed(tint, "#c98a3a", 0.5)}" opacity=".6"/>'
        + f'<path d="M258 340h84v64h-84z" fill="{PAPER}" opacity=".94"/>'
        + words(word[:2], 300, 372, 30)
    )


def beads(tint: str, _: str = "") -> str:
    """A string of wooden beads."""
    ring = (
        (300, 210), (356, 222), (400, 258), (424, 308), (416, 362), (384, 406), (334, 428), (280, 430), (228, 412),
        (192, 372), (178, 320), (192, 268), (238, 226),
    )  # fmt: skip
    return "".join(disc(x, y, 29, 29, mixed(tint, "#2b1a10", (i % 3) * 0.14)) for i, (x, y) in enumerate(ring)) + line(
        "M300 238v36m0 0l-12 44m12-44l12 44", SEAL, 5
    )


def burner(tint: str, _: str = "") -> str:
    """A mountain down which the smoke flows."""
    return (
        solid("M140 440l80-140 44 50 60-170 66 150 40-50 62 160z", tint)
        + solid("M324 180l36 84-30 22-28-30z", pale(tint, 0.4), "fall")
        + line("M326 186c-26 60 30 70-8 130s30 60-16 124", "#ffffff", 9, 0.7)
        + line("M330 200c40 60-10 90 40 130s10 70 40 108", "#ffffff", 6, 0.5)
        + disc(300, 446, 176, 20, deep(tint, 0.25))
        + disc(300, 442, 140, 11, "#7fa3a0", "fall")
    )


def sachet(tint: str, word: str) -> str:
    """An embroidered sachet with a tassel."""
    return (
        line("M300 220V120", SEAL, 5)
        + solid("M300 214q-36-40-60-12t60 24q84 4 60-24t-60 12z", SEAL, "fall")
        + solid("M240 236q60 20 120 0q78 84 40 150q-100 60-200 0q-38-66 40-150z", tint)
        + disc(300, 326, 52, 52, pale(tint, 0.35), "fall")
        + words(word[:1], 300, 326, 50, deep(tint, 0.5))
        + line("M300 418v28m0 0v44m-12-40l-4 38m28-38l4 38", SEAL, 6)
    )


def cakes(tint: str, _: str = "") -> str:
    """Soft cakes, cut square, flowers on them."""
    cake = (
        solid("M-60 -22h120v52q-60 14-120 0z", tint)
        + disc(0, -22, 60, 16, pale(tint, 0.4), "fall")
        + "".join(
            f'<circle cx="{x}" cy="{y}" r="5" fill="#e3a93b"/>' for x, y in ((-22, -24), (4, -28), (24, -20), (-4, -18))
        )
    )
    places = ((232, 404), (368, 404), (300, 352))
    return disc(300, 436, 190, 24, "#a9bfb4") + "".join(
        f'<g transform="translate({x} {y})">{cake}</g>' for x, y in places
    )


def jar(tint: str, word: str) -> str:
    """A glass jar under a cloth, tied with a string."""
    return (
        solid("M204 270q96 26 192 0q20 30 20 66v74q0 40-40 44H224q-40-4-40-44v-74q0-36 20-66z", tint)
        + solid("M196 210q104-44 208 0q12 40 26 66q-130 36-260 0q14-26 26-66z", PAPER, "fall")
        + line("M200 262q100 26 200 0", SEAL, 6)
        + "".join(line(f"M{222 + 26 * i} 214q-4 24-12 46", deep(PAPER, 0.2), 2, 0.5) for i in range(7))
        + f'<path d="M244 330h112v84H244z" fill="{PAPER}"/>'
        + words(word[:2], 300, 358, 34)
        + words(word[2:4], 300, 394, 18, deep(tint, 0.3))
    )


def pastries(tint: str, _: str = "") -> str:
    """Round flaky pastries, stamped red."""
    places = ((220, 402, 1), (380, 402, 1), (300, 416, 1.1), (262, 332, 0.95), (342, 334, 0.95))
    one = (
        disc(0, 0, 66, 44, tint)
        + disc(0, -12, 60, 32, pale(tint, 0.35), "fall")
        + f'<circle cx="0" cy="-14" r="15" fill="{SEAL}" opacity=".85"/>'
        + "".join(
            f'<circle cx="{x}" cy="{y}" r="3.4" fill="{pale(tint, 0.5)}"/>' for x, y in ((-5, -18), (5, -18), (0, -9))
        )
    )
    return "".join(f'<g transform="translate({x} {y}) scale({s})">{one}</g>' for x, y, s in places)


def pearls(tint: str, word: str) -> str:
    """A box of dark sweets, each in its paper."""
    sweets = "".join(
        f'<circle cx="{x}" cy="{y}" r="34" fill="{PAPER}"/>' + disc(x, y, 27, 27, tint)
        for y in (318, 392)
        for x in (190, 264, 338, 412)
    )
    return (
        solid("M136 268h328v172H136z", "#8d5b3f", "fall")
        + f'<path d="M150 280h300v150H150z" fill="{deep("#8d5b3f", 0.4)}"/>'
        + sweets
        + solid("M136 430h328v26H136z", "#a86f4e", "fall")
        + words(word[:4], 300, 228, 38, deep(tint, 0.2))
    )
