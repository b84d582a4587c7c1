"""Links: addresses of pictures, videos and pages that others gave us."""

from __future__ import annotations

import re

from domain.refusals import BadInput

LONGEST_LINK = 1_000
_LINK = re.compile(r"(https?://[^\s/?#\"'<>\\]+[^\s\"'<>\\]*|/(?!/)[^\s\"'<>\\]*)", re.IGNORECASE)


def is_link(value: str) -> bool:
    """Whether a value is an absolute http or https address, or a path on our own host.

    >>> is_link("https://a.example/b.jpg"), is_link("/media/b.jpg"), is_link("quality=90"), is_link("javascript:x")
    (True, True, False, False)
    """
    return len(value) <= LONGEST_LINK and _LINK.fullmatch(value) is not None


def check_link(value: str, *path: str) -> str:
    """The link itself.

    Raises:
        BadInput: it is none, or longer than 1,000 characters.
    """
    if not is_link(value):
        raise BadInput(
            "an http or https address, or a path that begins with /", "应为 http(s) 地址或以 / 开头的路径", path=path
        )
    return value
