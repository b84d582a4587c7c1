"""Faces and places: avatars, portraits, shop fronts, and ponds for covers."""

from __future__ import annotations

from app.demo.pictures.paint import (
    PAPER,
    SEAL,
    by_chance,
    deep,
    hue,
    line,
    mixed,
    pale,
    ripples,
    seal,
    sheet,
    solid,
    words,
)

KOI = "M-34 0q22-24 54-6l18-14q-6 20 0 40l-18-14q-32 18-54-6z"
LEAF = "M0 0L-46 -12A47 47 0 1 1 -44 18z"
_PETAL = "M0 26q-18-28 0-60q18 32 0 60z"
_MOTIFS = (
    f'<path d="{KOI}" fill="{PAPER}"/><circle cx="-20" cy="-3" r="3" fill="{SEAL}"/>',
    "".join(
        f'<path d="{_PETAL}" fill="{PAPER}" opacity=".9" transform="rotate({turn} 0 26)"/>'
        for turn in (-56, 56, -28, 28, 0)
    ),
    f'<path d="{LEAF}" fill="{PAPER}"/>' + line("M0 0l44 6M0 0l26 34M0 0l22-38", SEAL, 2, 0.5),
    f'<circle r="32" fill="{PAPER}"/><path d="M-32 6q16-12 32 0t32 0v6a32 32 0 0 1-64 0z" fill="{SEAL}" opacity=".4"/>',
    f'<path d="M-48 28l30-52 18 28 14-20 34 44z" fill="{PAPER}"/><circle cx="24" cy="-24" r="9" fill="{SEAL}"/>',
    f'<path d="M-30-10h60q-4 40-30 42t-30-42z" fill="{PAPER}"/>' + line("M-6-18q-8-10 2-20m10 20q-8-10 2-20", PAPER, 4),
    line("M-14 40V-40M8 40V-40", PAPER, 9) + line("M-20 -6h12m-12 26h12M2 -16h12M2 14h12", SEAL, 3, 0.6),
    f'<path d="M-40 16a16 16 0 0 1 8-30a22 22 0 0 1 40-6a18 18 0 0 1 30 18a12 12 0 0 1-6 18z" fill="{PAPER}"/>',
)
"""A fish, a lotus, its leaf, the moon in water, hills, a cup, bamboo, a cloud."""
AVATARS = 96


def avatar(number: int) -> str:
    """One of 96 faces: a motif on a colour."""
    name = f"avatar {number}"
    colour = hue(name, 0.34, 0.72)
    motif = _MOTIFS[number % len(_MOTIFS)]
    tilt = by_chance(name, 30) - 15
    return sheet(
        f'<rect width="160" height="160" fill="{colour}"/>'
        f'<circle cx="{40 + by_chance(name + "x", 80)}" cy="150" r="92" fill="{pale(colour, 0.18)}"/>'
        f'<g transform="translate(80 80) rotate({tilt}) scale(1.15)">{motif}</g>',
        width=160,
        height=160,
    )


def portrait(name: str) -> str:
    """A guide: hair, collar, and the last character of the name."""
    cloth, hair = hue(name, 0.38, 0.62), ("#2f2a28", "#4a3a30", "#3a2f3a")[by_chance(name, 3)]
    long = by_chance(name, 2)
    return sheet(
        f'<rect width="160" height="160" fill="{pale(cloth, 0.68)}"/><circle cx="80" cy="66" r="58" fill="url(#moon)"/>'
        + (f'<path d="M44 70q0-44 36-44t36 44v48H44z" fill="{hair}"/>' if long else "")
        + f'<path d="M24 160q6-46 56-46t56 46z" fill="{cloth}"/><path d="M66 112l14 22 14-22z" fill="{PAPER}"/>'
        + '<path d="M70 92h20v20q-10 12-20 0z" fill="#e6bd9e"/>'
        + '<ellipse cx="80" cy="74" rx="26" ry="30" fill="#f0cdb0"/>'
        + f'<path d="M52 74q-4-44 28-44t28 44q-6-24-20-28q-20 14-36 28z" fill="{hair}"/>'
        + line("M70 78v2M90 78v2", hair, 4)
        + line("M73 92q7 5 14 0", SEAL, 3)
        + words(name[-1], 136, 138, 20, PAPER),
        width=160,
        height=160,
    )


def shop(name: str, tint: str) -> str:
    """A shop front with the brand's sign."""
    tiles = "".join(line(f"M{150 + 25 * i} 150l-{(12 - i) * 3} 50", deep(tint, 0.5), 3, 0.5) for i in range(25))
    return sheet(
        f'<rect width="900" height="600" fill="{pale(tint, 0.66)}"/>'
        f'<circle cx="700" cy="140" r="80" fill="url(#moon)"/>'
        f'<path d="M0 500h900v100H0z" fill="{pale(tint, 0.3)}"/>'
        + solid("M120 150h660l70 60H50z", deep(tint, 0.35), "fall")
        + tiles
        + solid("M110 210h680v290H110z", pale(tint, 0.5), "fall")
        + solid("M330 232h240v56H330z", "#6b4a33", "fall")
        + words("半 亩", 450, 260, 36, PAPER)
        + f'<path d="M380 310h140v190H380z" fill="{deep(tint, 0.45)}"/>'
        + '<path d="M150 310h180v130H150zM570 310h180v130H570z" fill="#fbe9bf"/>'
        + line("M450 310v190M240 310v130M660 310v130M150 375h180M570 375h180", deep(tint, 0.5), 4, 0.8)
        + ripples(450, 556, deep(tint, 0.3), 4, 130)
        + words(name, 450, 52, 30, deep(tint, 0.5)),
        width=900,
    )


def pond(name: str, tint: str, title: str = "", *, width: int = 900, height: int = 600) -> str:
    """A pond with fish and leaves, different for each name: covers of posts, rooms and categories."""
    moon_x, moon_y, shore = width * (0.2 + by_chance(name, 60) / 100), height * 0.22, height * 0.4
    hills = (
        f"M0 {shore:g}q{width * 0.2:g}-{height * 0.26:g} {width * 0.4:g}-60t{width * 0.3:g}-20 "
        f"{width * 0.3:g} 60V{shore + 12:g}H0z"
    )
    return sheet(
        f'<rect width="{width}" height="{height}" fill="{pale(tint, 0.7)}"/>'
        f'<circle cx="{moon_x:g}" cy="{moon_y:g}" r="{height * 0.13:g}" fill="url(#moon)"/>'
        f'<path d="{hills}" fill="{deep(tint, 0.18)}" opacity=".55"/>'
        f'<rect y="{shore:g}" width="{width}" height="{height * 0.6:g}" fill="{pale(tint, 0.22)}"/>'
        + ripples(width * 0.3, height * 0.75, PAPER, 4, width / 9)
        + _fish(name, width, height)
        + _leaves(name, tint, width, height)
        + (words(title, width / 2, height * 0.2, height * 0.085, deep(tint, 0.65)) if title else "")
        + seal(width - 48, height - 48),
        width=width,
        height=height,
    )


def _fish(name: str, width: int, height: int) -> str:
    drawn = ""
    for i, colour in enumerate(("#d9653f", PAPER, "#e39a4c")):
        x, y = by_chance(f"{name} fish {i}", width), height * 0.5 + by_chance(f"{name} fy{i}", int(height * 0.45))
        turn = by_chance(f"{name} t{i}", 60) - 30
        place = f"translate({x} {y:g}) rotate({turn}) scale(1.3)"
        drawn += f'<g transform="{place}">{solid(KOI, colour, "fall")}</g>'
    return drawn


def _leaves(name: str, tint: str, width: int, height: int) -> str:
    """Leaves on the water, larger where it is nearer."""
    drawn = ""
    for i in range(7):
        x, y = by_chance(f"{name} leaf {i}", width), height * 0.42 + by_chance(f"{name} y{i}", int(height * 0.55))
        size, turn = 0.6 + y / height * 1.1, by_chance(name + str(i), 360)
        place = f"translate({x} {y:g}) scale({size:.2f} {size * 0.62:.2f}) rotate({turn})"
        drawn += f'<g transform="{place}">{solid(LEAF, mixed(tint, "#4f7350", 0.5 + 0.05 * i), "fall")}</g>'
    return drawn


def dusk(name: str, tint: str, *, width: int = 600, height: int = 800) -> str:
    """The pond at night, lanterns on it: dark and quiet, since comments fly before it."""
    night, shore = mixed(tint, "#0a2730", 0.72), height * 0.3
    lanterns = "".join(
        f'<g transform="translate({by_chance(f"{name} lantern {i}", width)} '
        f'{height * 0.36 + by_chance(f"{name} ly{i}", int(height * 0.42))})">'
        '<circle r="34" fill="#f2b45a" opacity=".2" filter="url(#soft)"/>'
        f"{solid('M-7 -11h14l5 11-5 11h-14l-5-11z', '#f2b45a', 'fall')}</g>"
        for i in range(6)
    )
    hills = f"M0 {shore:g}q{width * 0.22:g}-{height * 0.2:g} {width * 0.45:g}-40t{width * 0.55:g} 10V{shore + 12:g}H0z"
    return sheet(
        f'<rect width="{width}" height="{height}" fill="{mixed(night, tint, 0.3)}"/>'
        f'<circle cx="{width * 0.74:g}" cy="{height * 0.14:g}" r="{height * 0.06:g}" fill="#f6ecd0" opacity=".85"/>'
        f'<path d="{hills}" fill="{mixed(night, "#06151c", 0.45)}"/>'
        f'<rect y="{shore:g}" width="{width}" height="{height - shore:g}" fill="{night}"/>'
        + ripples(width * 0.62, height * 0.6, PAPER, 4, width / 8)
        + f'<g opacity=".8">{_fish(name, width, height)}{_leaves(name, night, width, height)}</g>'
        + lanterns,
        width=width,
        height=height,
    )
