"""Regions: provinces and cities as people write them in addresses."""

from __future__ import annotations

from domain.records import record

_ENDINGS = ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "自治州", "地区", "省", "市", "盟")


@record
class Region:
    """A province, or one city of it."""

    province: str
    city: str | None = None

    def has(self, province: str, city: str) -> bool:
        """Whether an address lies here."""
        here = plain_name(self.province) == plain_name(province)
        return here and (self.city is None or plain_name(self.city) == plain_name(city))


def plain_name(name: str) -> str:
    """What a province or city is called for short, however an address calls it.

    >>> plain_name("广西壮族自治区"), plain_name("上海市"), plain_name("浙江")
    ('广西', '上海', '浙江')
    """
    name = name.strip()
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name.removesuffix(ending)
    return name
