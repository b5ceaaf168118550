"""Bytes of mails -> arrivals: shapes that real programs write, and what nobody should."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Address, Bounced, Oddity, Post
from connectors.mail import naming, wire
from connectors.mail.charsets import header_of, text_of
from connectors.mail.folding import fold, unflowed
from connectors.mail.wire import Told
from tests.connectors.mail.fake import MailFake

US = Address(remote_id="support@example.test", handle="support@example.test", name="The Shop")
AT = datetime(2026, 11, 3, 12, tzinfo=UTC)
HEAD = (
    "From: =?utf-8?q?Ana_Horvat=C5=BE?= <Ana@Social.Example>\r\nTo: support@example.test\r\n"
    "Message-ID: <one@ana>\r\nSubject: parcel 4711\r\nMIME-Version: 1.0\r\n"
)


def read(raw: bytes | str, *, sent: bool = False, **known: str) -> Post:
    data = raw if isinstance(raw, bytes) else raw.encode()
    found = wire.arrival(
        Told(raw=data, size=len(data), at=AT, sent=sent), US, "example.test", known
    )
    assert isinstance(found, Post), found
    return found


def plain(text: str, **headers: str) -> str:
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return HEAD + more + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text


def test_a_mail_as_it_should_be() -> None:
    post = read(plain("never came", Cc="Budi <budi@example.test>, support@example.test"))
    assert post.remote_id == post.conversation == "one@ana"
    assert post.author.remote_id == "ana@social.example"
    assert post.author.handle == "Ana@Social.Example"
    assert post.author.name == "Ana Horvatž"
    assert post.warning == "parcel 4711"
    assert post.text == "never came"
    assert post.also == ("budi@example.test",)
    assert post.reply_to is None
    assert post.at == AT


# --- threading -------------------------------------------------------------------------------


def test_an_answer_names_its_root_and_its_parent() -> None:
    post = read(plain("x", References="<root@a> <mid@b>\r\n <last@c>", In_Reply_To="<last@c>"))
    assert (post.conversation, post.reply_to) == ("root@a", "last@c")


def test_an_answer_with_references_alone() -> None:
    post = read(plain("x", References="<root@a> <last@c>"))
    assert (post.conversation, post.reply_to) == ("root@a", "last@c")


def test_an_answer_with_its_parent_alone() -> None:
    post = read(plain("x", In_Reply_To="Message from Ana of Monday <last@c>"))
    assert (post.conversation, post.reply_to) == ("last@c", "last@c")


@pytest.mark.parametrize("prefix", ["Re: ", "AW: ", "Re: Fwd: ", "SV: Re[2]: ", "RE : "])
def test_an_answer_that_names_nothing_joins_by_subject_and_person(prefix: str) -> None:
    raw = plain("x").replace("Subject: ", f"Subject: {prefix}")
    key = naming.by_subject("parcel 4711", "ana@social.example")
    assert read(raw, **{key: "root@a"}).conversation == "root@a"
    assert read(raw.replace("Ana@", "budi@"), **{key: "root@a"}).conversation == "one@ana"
    assert read(plain("x"), **{key: "root@a"}).conversation == "one@ana"


def test_what_has_no_id_gets_one_that_stays() -> None:
    raw = plain("x").replace("Message-ID: <one@ana>\r\n", "")
    assert read(raw).remote_id == read(raw).remote_id
    assert read(raw).remote_id.startswith("sha256:")
    assert read(raw).remote_id != read(raw.replace("\r\n\r\nx", "\r\n\r\ny")).remote_id


# --- who -------------------------------------------------------------------------------------


def test_a_form_on_a_page_names_its_customer() -> None:
    raw = plain("x", Reply_To="Ana <ana@home.test>").replace(
        "Ana@Social.Example", "forms@page.test"
    )
    assert read(raw).author.remote_id == "ana@home.test"


def test_a_list_is_not_a_person() -> None:
    raw = plain("x", Reply_To="list@lists.test", List_Id="<list.lists.test>")
    post = read(raw)
    assert post.author.remote_id == "ana@social.example"
    assert post.author.automated


def test_nobody_can_write_as_us() -> None:
    raw = plain("pay here").replace("Ana@Social.Example", "support@example.test")
    post = read(raw)
    assert not post.ours
    assert post.author.automated
    copy = raw.replace("<one@ana>", f"<{naming.id_of('abcdefgh1234', 'example.test')}>")
    data = copy.encode()
    assert wire.arrival(Told(raw=data, size=len(data), at=AT), US, "example.test") is None


def test_what_we_sent_is_ours() -> None:
    raw = (
        "From: support@example.test\r\nTo: Ana <ana@home.test>, budi@home.test\r\n"
        "Message-ID: <two@shop>\r\nReferences: <one@ana>\r\nSubject: Re: parcel\r\n\r\nit left\r\n"
    )
    post = read(raw, sent=True)
    assert post.ours
    assert post.author == US
    assert post.to is not None
    assert post.to.remote_id == "ana@home.test"
    assert post.also == ("budi@home.test",)
    assert post.conversation == "one@ana"


# --- automatic mail --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; owner=x",
        "Precedence: bulk",
        "Precedence: List",
        "List-Unsubscribe: <mailto:x@y.test>",
        "List-Id: <news.y.test>",
        "Return-Path: <>",
        "X-Autoreply: yes",
    ],
)
def test_what_a_program_wrote_is_known_by_its_id(header: str) -> None:
    post = read(header + "\r\n" + plain("I am away"))
    assert post.remote_id == "auto:one@ana"
    assert post.conversation == "auto:one@ana"


def test_a_program_that_answers_a_person_stays_in_the_conversation() -> None:
    post = read(plain("I am away", Auto_Submitted="auto-replied", In_Reply_To="<our@shop>"))
    assert post.conversation == "our@shop"
    assert post.remote_id == "auto:one@ana"
    assert not post.author.automated


@pytest.mark.parametrize("header", ["Auto-Submitted: no", "Return-Path: <ana@x.test>"])
def test_a_person_is_no_program(header: str) -> None:
    assert read(header + "\r\n" + plain("hello")).remote_id == "one@ana"


# --- bounces ---------------------------------------------------------------------------------

KEY = "0123456789abcdef0123456789abcdef"
OURS = naming.id_of(KEY, "example.test")
SENT = f"From: support@example.test\r\nMessage-ID: <{OURS}>\r\nSubject: x\r\n\r\nhi\r\n".encode()


def arrived(raw: bytes) -> object:
    return wire.arrival(Told(raw=raw, size=len(raw), at=AT), US, "example.test")


def test_a_report_of_failure_names_our_mail() -> None:
    found = arrived(MailFake(()).report(SENT, "ana@home.test"))
    assert isinstance(found, Bounced)
    assert (found.remote_id, found.key) == (OURS, KEY)
    assert "ana@home.test" in found.words
    assert "550 5.1.1 no such user here" in found.words


def test_a_report_of_a_delay_is_nothing_yet() -> None:
    assert arrived(MailFake(()).report(SENT, "ana@home.test", "delayed")) is None


def test_a_report_by_the_envelopes_id_alone() -> None:
    raw = MailFake(()).report(b"Subject: x", "ana@home.test")
    raw = raw.replace(
        b"Reporting-MTA", b"Original-Envelope-Id: " + KEY.encode() + b"\r\nReporting-MTA"
    )
    found = arrived(raw)
    assert isinstance(found, Bounced)
    assert found.remote_id == OURS


def test_a_report_in_words_alone() -> None:
    raw = (
        b"Return-Path: <>\r\nFrom: MAILER-DAEMON@q.test\r\nMessage-ID: <r@q>\r\n"
        b"Subject: failure\r\n\r\nSorry, I couldn't deliver it. Your mail:\r\n\r\n" + SENT
    )
    found = arrived(raw)
    assert isinstance(found, Bounced)
    assert found.remote_id == OURS


def test_a_report_on_what_was_sent_elsewhere_is_shown() -> None:
    raw = MailFake(()).report(SENT.replace(OURS.encode(), b"other@phone"), "ana@home.test")
    found = arrived(raw)
    assert isinstance(found, Post)
    assert found.remote_id.startswith("auto:")


def test_a_customer_who_quotes_our_id_is_no_bounce() -> None:
    post = read(plain(f"your mail <{OURS}> was kind", References=f"<{OURS}>"))
    assert post.reply_to == OURS


# --- words -----------------------------------------------------------------------------------


def test_plain_words_before_html() -> None:
    message = EmailMessage()
    message.set_content("the words")
    message.add_alternative("<p>the <b>html</b></p>", subtype="html")
    message.add_attachment(b"x" * 2500, maintype="image", subtype="png", filename="plate ž.png")
    post = read(HEAD.encode() + message.as_bytes())
    assert post.text == "the words"
    (attached,) = post.attachments
    assert (attached.kind, attached.description) == ("image", "plate ž.png (2 kB)")
    assert attached.url == ""


def test_more_parts_than_anybody_reads_are_told_of() -> None:
    message = EmailMessage()
    message.set_content("the words")
    for number in range(400):
        message.add_attachment(b"x", maintype="image", subtype="png", filename=f"{number}.png")
    post = read(HEAD.encode() + message.as_bytes())
    assert len(post.attachments) == 300
    assert post.attachments[-1].description == "more than is listed"


def test_html_where_there_is_nothing_else() -> None:
    body = (
        "<html><head><style>p{}</style></head><body><p>size&nbsp;<b>L</b>?</p>"
        '<div class="gmail_quote">On Monday The Shop wrote:<blockquote>which?</blockquote></div>'
    )
    post = read(
        HEAD + f"In-Reply-To: <q@s>\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}"
    )
    assert post.text.replace("\xa0", " ") == "size L?"
    assert "which?" in post.above[0].text


@pytest.mark.parametrize(
    ("charset", "data", "said"),
    [
        ("utf-8", "naïve ž".encode(), "naïve ž"),
        ("us-ascii", "naïve ž".encode(), "naïve ž"),
        ("iso-8859-1", b"caf\xe9 \x93x\x94", "café “x”"),
        ("utf-8", b"caf\xe9", "café"),
        ("iso-8859-2", "čšž".encode("iso-8859-2"), "čšž"),
        ("gb2312", "注意".encode("gb18030"), "注意"),
        ("no-such-thing", "ž".encode(), "ž"),
        ("base64", b"plain", "plain"),
        ("", b"caf\xe9", "café"),
        ("\x00\xff", b"x", "x"),
    ],
)
def test_charsets_that_are_right_and_wrong(charset: str, data: bytes, said: str) -> None:
    assert text_of(data, charset) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("=?utf-8?B?xb4=?= x", "ž x"),
        ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
        ("=?iso-8859-1?Q?caf=E9?=", "café"),
        ("=?utf-8?B?xb4", "=?utf-8?B?xb4"),
        ("=?x?Q?=E9?=", "é"),
        ("two\r\n lines", "two lines"),
    ],
)
def test_headers_that_are_encoded(value: str, said: str) -> None:
    assert header_of(value) == said


def test_flowed_lines_are_joined() -> None:
    flowed = "one \r\ntwo\r\n> three \r\n> four\r\n>> five\r\n from\r\n-- \r\nAna"
    assert unflowed(flowed, delsp=False) == "one two\n> three four\n>> five\nfrom\n-- \nAna"
    assert unflowed("注 \r\n意", delsp=True) == "注意"


@pytest.mark.parametrize(
    ("mail", "text", "quote"),
    [
        ("yes\n\nOn Mon, 2 Nov 2026 at 10:00, Shop wrote:\n> which?\n> really", "yes",
         "which?\nreally"),
        ("yes\n\nOn Mon, 2 Nov 2026 at 10:00, Shop\n<support@shop.test> wrote:\n\n> which?", "yes",
         "which?"),
        ("ja\n\nAm 02.11.26 um 10:00 schrieb Shop:\n> welche?\n\n-- \nAna", "ja", "welche?"),
        ("yes\n\n-----Original Message-----\nFrom: Shop\nwhich?", "yes", "From: Shop\nwhich?"),
        ("yes\n\nFrom: Shop <s@x>\nSent: Monday\nTo: Ana\nSubject: Re: x\n\nwhich?", "yes",
         "Sent: Monday\nTo: Ana\nSubject: Re: x\n\nwhich?"),
        ("> which?\nL please\n> colour?\nblue", "> which?\nL please\n> colour?\nblue", ""),
        ("L please\n\nSent from my iPhone", "L please", ""),
        ("hello\n-- \nAna\n+385 1 234", "hello", ""),
        ("> only a quote", "> only a quote", ""),
        ("a: b\n\n---------- Forwarded message ---------\nFrom: x\nDate: y\nSubject: z\n\nx",
         "a: b\n\n---------- Forwarded message ---------\nFrom: x\nDate: y\nSubject: z\n\nx", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_quotes_and_signatures_are_folded_away(mail: str, text: str, quote: str) -> None:
    folded = fold(mail)
    assert (folded.text, folded.quote) == (text, quote)


def test_a_quote_of_what_we_do_not_have_is_kept_as_context() -> None:
    post = read(plain("where is it?\r\n\r\n> order 4711 was sent", In_Reply_To="<order@shop>"))
    assert post.text == "where is it?"
    assert [one.text for one in post.above] == ["order 4711 was sent"]


def test_a_mail_that_was_cut_off_says_so() -> None:
    raw = plain("x").encode()
    found = wire.arrival(Told(raw=raw, size=9_000_000, at=AT), US, "example.test")
    assert isinstance(found, Post)
    assert "9.0 MB" in found.attachments[-1].description


# --- what nobody should write ----------------------------------------------------------------

GOOD = [
    plain("never came").encode(),
    plain("x", References="<a@b> <c@d>", Cc="a@b, c <d@e>").encode(),
    MailFake(()).report(SENT, "ana@home.test"),
    HEAD.encode()
    + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nhi\r\n--b--\r\n',
]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 100,
        b"no header at all",
        b"From: \xff\xfe\r\n\r\n",
        b"From: a@b\r\nContent-Type: multipart/mixed\r\n\r\n--x\r\n",
        b'From: a@b\r\nContent-Type: text/plain; charset="\r\n\r\nx',
        b"From: a@b\r\nContent-Transfer-Encoding: base64\r\n\r\n====",
        b"From: a@b\r\nContent-Type: message/rfc822\r\n\r\n" * 200,
        b"From: a@b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        + b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 2000,
        b"From: " + b"<" * 20_000 + b"\r\n\r\nx",
        b"From: a@b\r\nReferences: " + b"<a@b> " * 50_000 + b"\r\n\r\nx",
        b"From: a@b\r\nSubject: " + b"=?utf-8?q?" * 20_000 + b"\r\n\r\nx",
        b"From: a@b\r\n\r\n" + b"> " * 100_000,
        b"From: a@b\r\n\r\n" + b"\n" * 500_000,
        b"From: a@b\r\n\r\n" + b"on x " * 100_000 + b"wrote:",
        b"From: a@b\r\nContent-Type: text/html\r\n\r\n" + b"<div " * 100_000,
    ],
    ids=range(16),
)
def test_bad_input_never_raises(raw: bytes) -> None:
    found = wire.arrival(Told(raw=raw, size=len(raw), at=AT), US, "example.test")
    assert found is None or isinstance(found, Post | Bounced | Oddity)
    if isinstance(found, Oddity):
        assert found.what.startswith("a mail: ")


@given(st.binary(max_size=300), st.sampled_from(GOOD), st.integers(0, 2_000))
def test_mutated_mails_never_raise(noise: bytes, good: bytes, at: int) -> None:
    raw = good[: at % len(good)] + noise + good[at % len(good) + len(noise) // 2 :]
    found = wire.arrival(Told(raw=raw, size=len(raw), at=AT), US, "example.test")
    assert found is None or isinstance(found, Post | Bounced | Oddity)


def test_scrambled_mails_never_raise() -> None:
    dice = random.Random(4)
    for _ in range(1_500):
        raw = bytearray(dice.choice(GOOD))
        for _ in range(dice.randrange(1, 30)):
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        wire.arrival(Told(raw=bytes(raw), size=len(raw), at=AT), US, "example.test")


@given(st.text(max_size=400))
def test_folding_any_text_loses_no_line_of_words(text: str) -> None:
    folded = fold(text)
    assert folded.text.strip() or not text.strip("\n\r ") or not text.strip()


def test_what_is_folded_away_is_kept() -> None:
    mail = "It came.\n\nOn Monday The Shop wrote:\n> when?\n> Mira\n\n-- \nAna Horvat\n+385 1 234"
    post = read(plain(mail.replace("\n", "\r\n")))
    assert post.text == "It came."
    assert post.folded == mail.partition("\n\n")[2]
    assert read(plain("It came.")).folded == ""


_LINES = st.sampled_from(
    ["", "hello", "> quoted", ">> twice", "On Monday Ana wrote:", "-- ", "--", "Ana", "Von: Ana",
     "Sent: today", "To: us", "Subject: x", "-----Original Message-----", "Sent from my phone",
     "---------- Forwarded message ----------", "____________________________", "a@b wrote:"]
)  # fmt: skip


@given(st.lists(_LINES, max_size=30))
def test_no_line_is_lost_by_folding(lines: list[str]) -> None:
    folded = fold("\n".join(lines))
    kept = [*folded.text.split("\n"), *folded.below.split("\n")]
    assert [one.strip() for one in kept if one.strip()] == [
        one.strip() for one in lines if one.strip()
    ]
