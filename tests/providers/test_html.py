"""HTML from outside does no harm and looks the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.html import sanitised

PICTURE = '<img src="https://a.example/b.jpg" alt="灯" loading="lazy">'


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        pytest.param("<p>好<script>alert(1)</script></p>", "<p>好</p>", id="script"),
        pytest.param('<p style="position:fixed" onclick="x()">好</p>', "<p>好</p>", id="style and handlers"),
        pytest.param("<style>p{}</style><form><input></form>", "", id="style sheets and forms"),
        pytest.param("<svg><a href='x'/></svg><math><mi>x</mi></math>", "", id="drawings and formulas"),
        pytest.param('<img src="//a.example/b.jpg" alt="灯" _src="x">', PICTURE, id="protocol-relative picture"),
        pytest.param('<img src="javascript:alert(1)">', '<img loading="lazy">', id="picture that runs"),
        pytest.param('<img src="data:image/svg+xml,x">', '<img loading="lazy">', id="picture in its address"),
        pytest.param('<img src="/b.jpg">', '<img loading="lazy">', id="picture of this host"),
        pytest.param(
            '<a href="//a.example" target="_top">去</a>',
            '<a href="https://a.example" rel="noopener noreferrer nofollow">去</a>',
            id="link",
        ),
        pytest.param("<center>好</center>", "好", id="unknown tag"),
    ],
)
def test_only_harmless_html_is_kept(html: str, kept: str) -> None:
    assert sanitised(html) == kept


@given(st.text(alphabet="<>/\"'= abimgsrcpt:/&;\u0000\n"))
def test_sanitising_again_changes_nothing(html: str) -> None:
    once = sanitised(html)

    assert sanitised(once) == once
