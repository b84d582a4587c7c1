"""HTML from outside, made harmless: text, pictures and media, nothing that runs, styles or asks."""

from __future__ import annotations

import nh3

_TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "section", "blockquote", "pre", "hr", "br"),
    *("a", "abbr", "b", "code", "del", "em", "i", "ins", "q", "s", "small", "span", "strong", "sub", "sup", "u"),
    *("ul", "ol", "li", "dl", "dt", "dd", "figure", "figcaption", "img", "video", "audio", "source"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
_WITH_CONTENT = {
    *("script", "style", "noscript", "template", "object", "iframe", "svg", "math"),
    *("form", "select", "textarea", "title"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "video": {"src", "poster", "controls", "width", "height"},
    "audio": {"src", "controls"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_FILES = {"src", "poster"}


def _kept(_tag: str, attribute: str, value: str) -> str | None:
    """An attribute's value, or None to leave the attribute out. Files are absolute: a page may show them anywhere."""
    value = value.strip()
    if attribute in _FILES | {"href"} and value.startswith("//"):
        return f"https:{value}"
    if attribute in _FILES and not value.lower().startswith(("http://", "https://")):
        return None
    return value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_WITH_CONTENT,
    attributes=_ATTRIBUTES,
    attribute_filter=_kept,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"img": {"loading": "lazy"}},
)


def sanitised(html: str) -> str:
    """The same page without scripts, styles, forms and drawings; pictures load late, links vouch for nothing."""
    return _CLEANER.clean(html)
