"""Drafts by script, and their way to another machine and back, as a person calls it."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from console.commands import sheaf
from console.commands.exits import Exit
from tests.hostile.corpus import acts_on_a_terminal

DRAFT_KEYS = {
    "id", "key", "thread", "account", "network", "contact", "lane", "kind", "text",
    "acknowledgement", "author", "template", "state", "base", "created_at", "updated_at",
    "ready_at", "postponed_at", "stopped", "news",
}  # fmt: skip
WORDS = "We look into it today."


@pytest.fixture
def asked(street, shell):
    """Ana asked in public and it was taken in; the thread's number."""
    street.customer("ana").writes_public("my parcel 4711 never came, what now?")
    assert shell("watch", "--once").code == Exit.DONE
    (thread,) = shell("threads", "--json").json
    return str(thread["id"])


@pytest.fixture
def ready(asked, shell):
    """A draft in the deck; its JSON."""
    said = shell("drafts", "write", asked, "--text", WORDS, "--ready", "--author", "Robin",
                 "--json")  # fmt: skip
    assert said.code == Exit.DONE
    return said.json


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def only(folder):
    (file,) = folder.glob("*.txt")
    return file


def edit(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def drafts(shell):
    return shell("drafts", "list", "--json").json


def test_a_draft_has_what_the_page_promises(ready, shell):
    assert set(ready) == DRAFT_KEYS
    assert (ready["author"], ready["state"], ready["lane"]) == ("Robin", "ready", "public")
    assert drafts(shell) == [ready]
    listed = shell("drafts")
    assert listed.out == shell("drafts", "list").out
    assert "ready" in listed.out
    assert "Robin" in listed.out
    page = (Path(__file__).resolve().parents[2] / "docs" / "shell.md").read_text(encoding="utf-8")
    for key in DRAFT_KEYS:
        assert f"`{key}`" in page


def test_a_draft_is_written_from_stdin_and_put_up_later(asked, shell, monkeypatch, street):
    monkeypatch.setattr("sys.stdin", io.StringIO("We look into it\r\ntoday.\n"))
    assert shell("drafts", "write", asked).code == Exit.DONE
    (draft,) = drafts(shell)
    assert draft["text"] == "We look into it\ntoday."
    assert draft["author"] == "Mira Kos"
    assert draft["state"] == "being written"
    assert shell("drafts", "ready", str(draft["id"])).code == Exit.DONE
    assert drafts(shell)[0]["state"] == "ready"
    assert shell("drafts", "ready", "77").code == Exit.NOTHING
    assert shell("drafts", "ready", str(draft["id"]), "77").code == Exit.PARTLY
    assert street.posts_of_shop() == []


def test_a_handoff_is_drafted_with_the_words_of_its_template(asked, shell):
    said = shell("drafts", "write", asked, "--handoff", "--ready", "--json")
    assert said.code == Exit.DONE
    assert said.json["kind"] == "handoff"
    assert said.json["lane"] == "private"
    assert said.json["template"]


def test_what_can_not_be_a_draft_is_refused(asked, shell):
    assert shell("drafts", "write", "99", "--text", "x").code == Exit.NOTHING
    for words in (["--text", "  "], ["--text", "\x1b[31mred"], ["--text", "x", "--lane", "private"],
                  ["--text", "x", "--acknowledgement", "y"]):  # fmt: skip
        said = shell("drafts", "write", asked, *words)
        assert said.code == Exit.STOPPED, words
        assert "Nothing was written" in said.err
        assert acts_on_a_terminal(said.err) is None
    assert drafts(shell) == []


def test_a_draft_that_is_there_is_not_written_over(ready, shell):
    said = shell("drafts", "write", str(ready["thread"]), "--text", "Other words.")
    assert said.code == Exit.FAILED
    assert "Robin" in said.err
    assert drafts(shell)[0]["text"] == WORDS
    said = shell("drafts", "write", str(ready["thread"]), "--text", "Other words.", "--instead")
    assert said.code == Exit.DONE
    assert drafts(shell)[0]["text"] == "Other words."


def test_a_draft_is_approved_by_its_number(ready, shell):
    said = shell("drafts", "approve", str(ready["id"]), "--json")
    assert said.code == Exit.DONE
    (held,) = said.json["deliveries"]
    assert (held["state"], held["text"]) == ("held", WORDS)
    assert shell("drafts", "approve", str(ready["id"])).code == Exit.NOTHING


def test_news_stops_an_approval_until_it_is_seen(ready, shell, street):
    post = next(iter(street.posts))
    street.customer("ana").writes_public("it came!", reply_to=post)
    assert shell("watch", "--once").code == Exit.DONE
    (draft,) = drafts(shell)
    assert draft["state"] == "needs another look"
    assert [one["kind"] for one in draft["news"]] == ["wrote again"]
    assert "wrote again" in shell("drafts").out
    said = shell("drafts", "approve", str(draft["id"]), "--json")
    assert said.code == Exit.STOPPED
    assert [one["finding"] for one in said.json["stopped"]] == ["stale"]
    newest = str(draft["news"][0]["message"])
    assert shell("drafts", "approve", str(draft["id"]), "--seen", newest).code == Exit.DONE


def test_there_and_back(ready, shell, out):
    said = shell("drafts", "export", str(out))
    assert said.code == Exit.DONE
    file = only(out)
    assert file.name == f"{ready['thread']:05}-ana-{ready['key'][:12]}.txt"
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_bytes()
    assert b"\r" not in text
    assert text.endswith(b"\n")
    assert list(out.iterdir()) == [file]
    edit(file, WORDS, "We looked, and it left today.")
    edit(file, 'decision = ""', 'decision = "approve"')
    said = shell("drafts", "import", str(out), "--json")
    assert said.code == Exit.DONE
    (came,) = said.json["files"]
    assert (came["file"], came["outcome"]) == (file.name, "approved")
    (held,) = shell("outbox", "--json").json
    assert held["text"] == "We looked, and it left today."
    assert [held["id"]] == came["deliveries"]
    said = shell("drafts", "import", str(out))
    assert said.code == Exit.DONE
    assert "nothing new" in said.out
    assert len(shell("outbox", "--json").json) == 1


def test_an_unchanged_file_is_not_written_again(ready, shell, out):
    shell("drafts", "export", str(out))
    os.utime(only(out), (1, 1))
    said = shell("drafts", "export", str(out))
    assert said.code == Exit.DONE
    assert "1 as they were" in said.out
    assert only(out).stat().st_mtime == 1


def test_a_file_that_differs_is_not_written_over_without_being_asked(
    ready, shell, out, monkeypatch
):
    shell("drafts", "export", str(out))
    edit(only(out), WORDS, "Mine.")
    mine = only(out).read_bytes()
    said = shell("drafts", "export", str(out))
    assert said.code == Exit.FAILED
    assert "--force" in said.err
    assert "1 of them with an edit" in said.err
    assert only(out).read_bytes() == mine

    class Person(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stdin", Person("n\n"))
    assert shell("drafts", "export", str(out)).code == Exit.FAILED
    assert only(out).read_bytes() == mine
    monkeypatch.setattr("sys.stdin", Person("y\n"))
    assert shell("drafts", "export", str(out)).code == Exit.DONE
    assert WORDS in only(out).read_text()
    edit(only(out), WORDS, "Mine.")
    assert shell("drafts", "export", str(out), "--force").code == Exit.DONE
    assert WORDS in only(out).read_text()


def test_files_of_drafts_that_are_gone_are_named_and_stay(ready, shell, out, street):
    shell("drafts", "export", str(out))
    file = only(out)
    assert shell("drafts", "approve", str(ready["id"])).code == Exit.DONE
    assert shell("drafts", "export", str(out)).code == Exit.NOTHING
    street.customer("budi").writes_public("halo, is this in stock?")
    assert shell("watch", "--once").code in (Exit.DONE, Exit.UNSETTLED)
    other = next(t for t in shell("threads", "--json").json if t["contact"]["name"] != "Ana")
    shell("drafts", "write", str(other["id"]), "--text", "Yes it is.", "--ready")
    said = shell("drafts", "export", str(out))
    assert said.code == Exit.DONE
    assert f"{file.name}: its draft was sent or discarded" in said.err
    assert file.exists()


def test_a_new_name_of_the_contact_makes_no_second_file(ready, shell, out):
    shell("drafts", "export", str(out))
    renamed = out / f"00001-somebody-{ready['key'][:12]}.txt"
    only(out).rename(renamed)
    assert shell("drafts", "export", str(out)).code == Exit.DONE
    assert only(out) == renamed


@pytest.fixture
def sheets(ready, shell, out):
    """A folder with one good file that approves; its text."""
    shell("drafts", "export", str(out))
    edit(only(out), 'decision = ""', 'decision = "approve"')
    return only(out).read_bytes()


def _twin(data, key):
    """The same draft under another key, so that only what is wrong with it is told."""
    return data.replace(b'key = "', b'key = "' + key)


BAD = {
    "empty.txt": b"",
    "broken.txt": b"+++\nkey = \n+++\n",
    "utf16.txt": "+++\nkey = 1\n+++\n".encode("utf-16"),
    "latin1.txt": "+++\nkey = 'žao'\n+++\n".encode("iso8859-2"),
    "letter.txt": b"Dear Ana\n",
    "huge.txt": b"+++\n" + b"x" * 5_000_000,
    "escapes.txt": b"+++\n\x1b]0;x\x07 = 1\n+++\n",
    "nul.txt": b"\0" * 100,
}


def test_each_bad_file_has_one_line_and_the_rest_is_taken(sheets, shell, out):
    for name, data in BAD.items():
        (out / name).write_bytes(data)
    (out / "folder.txt").mkdir()
    (out / "link.txt").symlink_to(only_real(out))
    os.mkfifo(out / "pipe.txt")
    said = shell("drafts", "import", str(out))
    assert said.code == Exit.PARTLY
    lines = said.err.splitlines()
    wrong = [*BAD, "folder.txt", "link.txt", "pipe.txt"]
    for name in wrong:
        assert sum(line.startswith(f"{name}: refused. ") for line in lines) == 1, name
    assert len(lines) == len(wrong)
    assert acts_on_a_terminal(said.err.replace("\n", "")) is None
    assert "1 approved" in said.out
    assert len(shell("outbox", "--json").json) == 1


def only_real(folder):
    (file,) = (each for each in folder.glob("0*.txt") if not each.is_symlink())
    return file


def test_what_windows_and_editors_do_is_put_up_with(sheets, shell, out):
    file = only(out)
    file.write_bytes(b"\xef\xbb\xbf" + sheets.replace(b"\n", b"\r\n") + b"\r\n  \r\n")
    for name in (".DS_Store", f".{file.name}.swp", f"{file.name}~", f"{file.name}.orig",
                 "README.md", ".gitignore"):  # fmt: skip
        (out / name).write_bytes(b"\0junk")
    (out / ".git").mkdir()
    said = shell("drafts", "import", str(out), "--json")
    assert said.code == Exit.DONE
    assert [one["outcome"] for one in said.json["files"]] == ["approved"]
    assert f"{file.name}~" in said.json["left_alone"]
    assert ".git" not in said.json["left_alone"]
    (held,) = shell("outbox", "--json").json
    assert held["text"] == WORDS


def test_names_of_files_are_only_text(sheets, shell, out):
    for name in (b"\x1b[31mred.txt", b"caf\xe9.txt", b"two\nlines.txt", "\u202eanA.txt".encode()):
        Path(os.fsdecode(os.fsencode(out) + b"/" + name)).write_bytes(b"x")
    said = shell("drafts", "import", str(out))
    assert said.code == Exit.PARTLY
    assert len(said.err.splitlines()) == 4
    assert acts_on_a_terminal(said.err.replace("\n", "")) is None
    assert len(shell("drafts", "import", str(out), "--json").json["files"]) == 5


def test_a_file_that_may_not_be_read_is_one_line(tmp_path_factory):
    # Root may read everything: the look is taken as somebody else.
    folder = tmp_path_factory.mktemp("shut")
    (folder / "00001-ana-x.txt").write_bytes(b"x")
    (folder / "00001-ana-x.txt").chmod(0)
    opened = [*folder.parents][:2]
    modes = [each.stat().st_mode for each in opened]
    me = os.geteuid()
    folder.chmod(0o755)
    for each in opened:
        each.chmod(0o755)
    try:
        if me == 0:
            os.seteuid(65_534)
        (entry,) = sheaf.entries(folder)
    finally:
        if me == 0:
            os.seteuid(me)
        for each, mode in zip(opened, modes, strict=True):
            each.chmod(mode)
    assert "can't be opened" in entry.trouble


def test_a_folder_that_is_none(ready, shell, tmp_path, out):
    assert shell("drafts", "import", str(tmp_path / "nowhere")).code == Exit.FAILED
    out.mkdir()
    assert shell("drafts", "import", str(out)).code == Exit.NOTHING
    file = tmp_path / "file"
    file.write_text("x")
    said = shell("drafts", "export", str(file))
    assert said.code == Exit.FAILED
    assert "Nothing was exported" in said.err


def test_a_folder_that_can_not_be_written_is_said(ready, shell, out, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", full)
    said = shell("drafts", "export", str(out))
    assert said.code == Exit.FAILED
    assert "No space left" in said.err
    assert list(out.iterdir()) == []


def test_a_link_in_the_way_is_replaced_and_not_followed(ready, shell, out, tmp_path):
    shell("drafts", "export", str(out))
    aim = tmp_path / "aim"
    aim.write_text("precious")
    file = only(out)
    file.unlink()
    file.symlink_to(aim)
    assert shell("drafts", "export", str(out)).code == Exit.FAILED
    assert shell("drafts", "export", str(out), "--force").code == Exit.DONE
    assert aim.read_text() == "precious"
    assert not file.is_symlink()


def test_over_git_and_back_the_review_changes_what_leaves(ready, shell, out, tmp_path):
    """As docs/drafts.md tells it: a copy goes away, is edited there, and comes back."""
    shell("drafts", "export", str(out))
    away = tmp_path / "away"
    shutil.copytree(out, away)
    edit(only(away), WORDS, "We looked: it left today.")
    edit(only(away), 'decision = ""', 'decision = "later"')
    said = shell("drafts", "import", str(away))
    assert said.code == Exit.DONE
    (draft,) = drafts(shell)
    assert draft["text"] == "We looked: it left today."
    assert draft["postponed_at"]
    # What stands in the first folder is older now: it is asked about before it is replaced.
    assert shell("drafts", "export", str(out)).code == Exit.FAILED
    assert json.loads(shell("drafts", "import", str(out), "--json").out)["files"][0]["outcome"] == (
        "nothing new"
    )
