"""HTML as text: the shapes that servers send, and what strangers make of them."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.html import plain, sentence


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("just words", "just words"),
        ("", ""),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<p>one<br>two<br/>three<br />four</p>", "one\ntwo\nthree\nfour"),
        ("one<br><br>two<br>", "one\n\ntwo"),
        ("<p>a &amp; b &lt;c&gt; &quot;d&quot; &#39;e&#39;</p>", "a & b <c> \"d\" 'e'"),
        ("<p>&amp;lt;b&amp;gt;</p>", "&lt;b&gt;"),
        ("parcel & <b>bold</b> a?b=1&copy=2&c", "parcel & bold a?b=1&copy=2&c"),
        ("<p>tom &amp jerry &; &#; &#x; &unknown;</p>", "tom &amp jerry &; &#; &#x; &unknown;"),
        ("<script>alert(1)</script>safe<style>p{}</style>", "safe"),
        ("<script>never closed <b>x</b>", ""),
        ("a <!-- gone <b> --> b", "a  b"),
        ("a <!-- never closed <b>x", "a"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<3 you", "<3 you"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("<ul><li>tea</li><li>milk</li></ul>", "- tea\n- milk"),
        ("<ol><li>tea</li><li>milk</li></ol>", "1. tea\n2. milk"),
        (
            "he said<blockquote><p>one</p><p>two</p></blockquote>so",
            "he said\n\n> one\n>\n> two\n\nso",
        ),
        ("<pre><code>a\n  b</code></pre>", "a\n  b"),
        ("one\ntwo", "one two"),
        ("<p>one\n   two</p>", "one two"),
        ("<P CLASS='x'>loud<BR>er</P>", "loud\ner"),
        ('<img src="https://x.example/a.png" alt=":smile:">', ":smile:"),
        (
            (
                '<p><span class="h-card"><a href="https://s.example/@shop" class="u-url mention">'
                "@<span>shop</span></a></span> where?</p>"
            ),
            "@shop where?",
        ),
        (
            (
                '<a href="https://example.com/abc/def?x=1&amp;y=2"><span class="invisible">https://'
                '</span><span class="ellipsis">example.com/abc</span><span class="invisible">'
                "/def?x=1&amp;y=2</span></a>"
            ),
            "https://example.com/abc/def?x=1&y=2",
        ),
        ('<a href="https://evil.example/">click here</a>', "click here (https://evil.example/)"),
        (
            '<a href="https://evil.example/">https://bank.example/</a>',
            "https://bank.example/ (https://evil.example/)",
        ),
        ('<a href="https://example.com/a/b">example.com/a…</a>', "https://example.com/a/b"),
        ('<a href="https://example.com/a">example.com/a</a>', "https://example.com/a"),
        ('<a href="https://example.com">https://example.com/</a>', "https://example.com/"),
        ('<a href="https://example.com/x"></a>', "https://example.com/x"),
        ('<a href="javascript:alert(1)">press</a>', "press"),
        ('<a href="https://x.example/tags/a" class="mention hashtag">#<span>a</span></a>', "#a"),
        ("<a href='https://x.example/q'>look</a>", "look (https://x.example/q)"),
        ("<a href=https://x.example/q>look</a>", "look (https://x.example/q)"),
        ("<p>one</p>\n\n\n<p></p><p> </p><p>two</p>", "one\n\ntwo"),
    ],
)
def test_shapes(source: str, text: str) -> None:
    assert plain(source) == text


HOSTILE = {
    "unclosed tags": "<a" * 500_000,
    "unclosed links": '<a href="https://x.example">' * 40_000,
    "links": '<a href="https://x.example">y</a>' * 30_000,
    "nested quotes": "<blockquote>" * 80_000,
    "quotes in turn": "<blockquote>x</blockquote>" * 40_000,
    "paragraphs": "<p>" * 300_000,
    "comments": "<!--" * 250_000,
    "closed comments": "<!---->" * 140_000,
    "angles": "<" * 1_000_000,
    "big entities": "&#99999999999999999999;" * 45_000,
    "long entity": "&#" + "9" * 1_000_000 + ";",
    "ampersands": "&" * 1_000_000,
    "scripts": "<script>" * 125_000,
    "attributes": "<a " + "href=" * 200_000 + ">x</a>",
    "spaces": "<b>" + "\n " * 500_000,
    "lists": "<ul>" * 100_000 + "<li>" * 100_000,
    "one line": "x" * 1_000_000 + "<br>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_takes_linear_time(name: str) -> None:
    source = HOSTILE[name]
    begin = perf_counter()
    plain(source)
    assert perf_counter() - begin < 3.0


@given(st.text() | st.text(alphabet="<>/&;#!-ab \"'=\n", max_size=200))
def test_anything_is_text(source: str) -> None:
    assert isinstance(plain(source), str)


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<br>",
                "<a href='https://x.example'>",
                "</a>",
                "<ul>",
                "<li>",
                "</ul>",
                "<blockquote>",
                "</blockquote>",
                "<script>",
                "</script>",
                "<pre>",
                "</pre>",
                "&amp;",
                "x",
                "\n",
                "<!--",
                "-->",
                '<span class="invisible">',
                "</span>",
            ]
        )
    )
)
def test_any_order_of_tags_leaves_no_tag(parts: list[str]) -> None:
    found = plain("".join(parts))
    assert "<p" not in found
    assert "<a " not in found
    assert "\n\n\n" not in found or "<pre>" in parts


@given(st.text(alphabet=st.characters(blacklist_characters="<>&\n\r\t\x0c\x0b", codec="utf-8")))
def test_text_without_markup_comes_back(text: str) -> None:
    assert plain(f"<p>{text}</p>") == text.strip()


def test_an_error_page_becomes_a_short_sentence() -> None:
    page = "<html><head><title>x</title></head><body><h1>We're sorry</h1>" + "<p>Very</p>" * 300
    found = sentence(page)
    assert found.startswith("We're sorry")
    assert "\n" not in found
    assert len(found) <= 200
