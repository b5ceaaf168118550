"""A draft's words come back from a file to the byte; no words are taken for its own lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.contract import Lane, Quoted
from console.desk import sheets
from console.desk.digest import digest
from console.desk.model import Draft, DraftKind, Seen
from console.desk.quoting import quoted
from console.desk.sheet_reading import read
from console.desk.sheets import Decision, Head, NotASheet
from tests.hostile.corpus import BYTES, NAMES, TEXTS, acts_on_a_terminal
from tests.house import sheet as page

SECRET = "s" * 64
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

_LINES = st.sampled_from(
    [
        "+++",
        "# not a comment",
        "#",
        "===== end =====",
        "====== end ======",
        "===== PUBLIC reply to Ana: it begins under this line =====",
        "===== PRIVATE",
        "=",
        "=" * 40,
        'decision = "approve"',
        "hash = 1",
        "trailing  ",
        "\t",
        "",
        "---",
        "\ufeff",
        "\\",
        '"""',
    ]
)
WORDS = st.one_of(
    st.lists(st.one_of(_LINES, st.text(max_size=8)), max_size=8).map("\n".join),
    st.text(max_size=80),
).filter(lambda text: not sheets.acting(text))


def draft(text, acknowledgement=None, kind=DraftKind.REPLY, lane=Lane.PUBLIC):
    return Draft(
        id=1,
        key="3f2a9c1b77e04d5f8a6b1c2d3e4f5a6b",
        thread_id=12,
        lane=lane,
        kind=kind,
        text=text,
        acknowledgement=acknowledgement,
        template=None,
        seen=Seen(17),
        author="Robin",
        created_at=AT,
        updated_at=AT,
    )


def head(of, **other):
    told = {
        "desk": sheets.desk_name(SECRET),
        "key": of.key,
        "thread": of.thread_id,
        "lane": of.lane,
        "kind": of.kind,
        "network": "mastodon",
        "account": "shop",
        "contact": "Ana Horvat @ana@social.example",
        "author": of.author,
        "template": "",
        "created": sheets.moment(of.created_at),
        "base": 17,
        "base_words": "my parcel never came",
        "seen": Seen(18, 2, True),
        "words": digest(of.text, of.acknowledgement),
    }
    return Head(**{**told, **other})


def conversation(text, name):
    return replace(
        page.thread(),
        messages=(replace(page.message(1, text, 0), author=name, warning=text, url=text),) * 3,
        above=(Quoted(remote_id="1", author=name, text=text, at=AT),),
    )


def written(of, above=(), **other):
    return sheets.write(head(of, **other), SECRET, of, above)


@given(text=WORDS)
@example(text="")
@example(text="\n")
@example(text="no end")
@example(text="one end\n")
@example(text="===== end =====\n# x\n+++")
def test_the_words_of_a_reply_come_back_to_the_byte(text):
    one = draft(text)
    sheet = read(written(one).encode())
    assert sheet.text == text
    assert sheet.acknowledgement is None
    assert sheet.head == head(one)
    assert sheet.words == sheet.head.words
    assert sheet.decision is Decision.NONE
    assert sheets.genuine(sheet, SECRET)


@given(text=WORDS, acknowledgement=st.none() | WORDS)
def test_both_texts_of_a_handoff_come_back_to_the_byte(text, acknowledgement):
    one = draft(text, acknowledgement, DraftKind.HANDOFF, Lane.PRIVATE)
    sheet = read(written(one).encode())
    assert sheet.text == text
    assert (sheet.acknowledgement or "") == (
        acknowledgement if (acknowledgement or "").strip() else ""
    )
    assert sheet.words == sheet.head.words


@given(text=WORDS, above=st.lists(st.text(max_size=20).filter(lambda line: "\n" not in line)))
def test_nothing_over_the_words_is_taken_for_them(text, above):
    quoted = [line for line in above if not sheets.acting(line)]
    assert read(written(draft(text), quoted).encode()).text == text


@given(text=WORDS, decision=st.sampled_from(["approve", "discard", "later", " Approve "]))
def test_what_an_editor_does_to_a_file_changes_no_words(text, decision):
    file = written(draft(text)).replace('decision = ""', f'decision = "{decision}"')
    as_windows = b"\xef\xbb\xbf" + file.replace("\n", "\r\n").encode() + b"\r\n \r\n"
    sheet = read(as_windows)
    assert sheet.text == text
    assert sheet.decision == decision.strip().lower()
    assert sheets.genuine(sheet, SECRET)
    stripped = "\n".join(line.rstrip() for line in file.split("\n")).rstrip()
    assert read(stripped.encode()).words == sheet.head.words


@given(data=st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_whatever_is_read_is_a_sheet_or_said_in_words(data):
    for one in (data, b"+++\n" + data, written(draft("x")).encode() + data):
        said = ""
        try:
            read(one)
        except NotASheet as error:
            said = error.words
        assert len(said) < 400
        assert acts_on_a_terminal(said) is None


@given(at=st.integers(0, 3000), what=st.binary(min_size=1, max_size=3))
def test_a_changed_head_is_told(at, what):
    one = draft("x")
    file = written(one).encode()
    ends = file.index(b"+++\n", 4)
    place = 4 + at % (ends - 4)
    changed = file[:place] + what + file[place + len(what) :]
    try:
        sheet = read(changed)
    except NotASheet:
        return
    assert not sheets.genuine(sheet, SECRET) or (sheet.head == head(one) and sheet.text == "x")


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_hostile_name_stays_a_name(name):
    one = draft("x")
    file = written(one, contact=NAMES[name], author=NAMES[name])
    assert acts_on_a_terminal(file) is None
    sheet = read(file.encode())
    assert sheets.genuine(sheet, SECRET)
    assert sheet.text == "x"
    assert acts_on_a_terminal(sheets.file_name(3, NAMES[name], one.key)) is None
    assert "/" not in sheets.file_name(3, NAMES[name], one.key)


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_words_that_act_are_found_in_our_own_too(name):
    text = TEXTS[name]
    if acts_on_a_terminal(text.replace("\n", "").replace("\t", "")) is not None:
        assert sheets.acting(text)


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_the_conversation_of_a_stranger_is_only_text(name):
    """Their words, and their name, over ours: nothing acts, and nothing is taken for a line of the
    file's own."""
    view = conversation(TEXTS[name], NAMES["newline"])
    one = draft("x")
    file = written(one, quoted(view, one, ()))
    assert acts_on_a_terminal(file) is None
    assert len(file.encode()) < sheets.BYTES
    above = file.split("+++\n")[2].split("===== ")[0]
    assert all(line.startswith("#") for line in above.split("\n") if line)
    assert read(file.encode()).text == "x"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (BYTES["utf-16"], "UTF-16"),
        ("+++\nžao".encode("iso8859-2"), "isn't UTF-8: line 2"),
        (b"Dear Ana,\n", "doesn't begin with"),
        (b"+++\nkey = 1\n", "no end"),
        (b"+++\nkey = \n+++\n", "can't be read"),
        (b"+++\n" + b"[" * 20_000 + b"\n+++\n", "can't be read"),
        (b"+++\nkey = 1\n+++\n", "broken"),
        (b"+++\nformat = 2\n+++\n", "newer"),
        (b'+++\ndecision = "aprove"\n+++\n', "aprove"),
        (b"+++\ndecision = 3\n+++\n", "decision is 3"),
        (b"x" * (sheets.BYTES + 1), "longer than 2 MB"),
    ],
)
def test_what_is_broken_is_said(data, says):
    with pytest.raises(NotASheet, match=says):
        read(data)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("===== end =====", "", "lines of ="),
        ("===== end =====\n", "===== end =====\nP.S. thanks\n", "under the line of its end"),
        ("===== PUBLIC", "=== PUBLIC", "line of ="),
        ("===== PUBLIC", "===== PRIVATE", "lines of ="),
        ("hello", "hello\n===== PUBLIC again =====\nhello", "lines of ="),
    ],
)
def test_rules_that_were_touched_are_said(old, new, says):
    file = written(draft("hello"))
    assert old in file
    with pytest.raises(NotASheet, match=says):
        read(file.replace(old, new).encode())


def test_another_desk_can_not_write_our_heads():
    one = draft("x")
    theirs = sheets.write(head(one), "other", one, ())
    assert not sheets.genuine(read(theirs.encode()), SECRET)
    assert sheets.desk_name("other") != sheets.desk_name(SECRET)
    assert SECRET not in theirs


def test_names_of_files_are_stable_and_plain():
    key = "3f2a9c1b77e04d5f8a6b1c2d3e4f5a6b"
    assert sheets.file_name(42, "Žana Horvat", key) == "00042-zana-horvat-3f2a9c1b77e0.txt"
    assert sheets.file_name(7, "彩", key) == "00007-contact-3f2a9c1b77e0.txt"
    assert sheets.file_name(7, "../../etc", key) == "00007-etc-3f2a9c1b77e0.txt"
