"""Shipped templates are right in every language, and a merchant's own go over them."""

from __future__ import annotations

from pathlib import Path

import pytest

from templates.fill import FILTERS, TAGS, fill
from templates.library import STOCK, Library
from templates.model import Purpose, Template, TemplateLane
from templates.parse import read
from templates.slots import NAMES, SLOTS

LANGUAGES = ("de", "en", "es", "hr", "id")
STOCK_FILES = sorted(STOCK.glob("*.toml"))

LONG = dict.fromkeys(NAMES, "x" * 30) | {
    "contact.first_name": "Bartholomew",
    "shop.name": "The Little Mug Company",
    "shop.email": "support@little-mug-company.example",
    "thread.quote": "my parcel never came " * 40,
    "thread.url": "https://social.example/@bartholomew/113456789012345678",
}


def stock() -> list[Template]:
    return [template for file in STOCK_FILES for template in read(file)[0]]


@pytest.mark.parametrize("file", STOCK_FILES, ids=lambda file: file.stem)
def test_shipped_files_are_right(file: Path) -> None:
    templates, broken = read(file)
    assert broken == ()
    assert {template.language for template in templates} == {file.stem}


def test_every_language_has_every_template_in_the_same_order() -> None:
    names = {
        language: [one.name for one in stock() if one.language == language]
        for language in LANGUAGES
    }
    assert tuple(file.stem for file in STOCK_FILES) == LANGUAGES
    assert all(names[language] == names["en"] for language in LANGUAGES)


@pytest.mark.parametrize("template", stock(), ids=lambda one: f"{one.language}-{one.name}")
def test_shipped_templates_fit_and_ask_only_what_a_person_knows(template: Template) -> None:
    done = fill(template, LONG)
    assert all(hole.name.startswith("ask.") for hole in done.holes)
    public = template.lane is not TemplateLane.PRIVATE
    assert len(done.text) <= (300 if public else 480)
    bare = fill(template, {"shop.name": "Mug"} | ({} if public else {"order.name": "1"}))
    assert "  " not in bare.text
    assert " ." not in bare.text
    assert " ," not in bare.text
    assert "\n\n\n" not in bare.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_move_needs_nothing_so_that_one_key_is_enough(language: str) -> None:
    for move in Library.load().of(Purpose.HANDOFF_PRIVATE, language):
        assert move.language == language
        assert fill(move, {}).holes == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_acknowledgement_needs_nothing_and_tells_nothing(language: str) -> None:
    library = Library.load()
    for purpose in Purpose:
        if purpose.acknowledges:
            (ack,) = library.of(purpose, language)
            assert ack.language == language
            done = fill(ack, {})
            assert done.holes == ()
            with_all = fill(ack, LONG).text
            assert "never came" not in with_all
            email = "support@little" in with_all
            assert email is (purpose is not Purpose.ACK_SENT)


def test_the_usual_handoff_comes_first() -> None:
    usual, *variants = Library.load().of(Purpose.HANDOFF_PRIVATE, "id")
    assert usual.name == "handoff"
    assert [one.name for one in variants] == [
        "handoff-order",
        "handoff-address",
        "handoff-refund",
    ]


@pytest.mark.parametrize(
    ("language", "found"),
    [
        (None, "en"),
        ("hr", "hr"),
        ("hr-HR", "hr"),
        ("id_ID", "id"),
        ("DE", "de"),
        ("ja", "en"),
        ("", "en"),
    ],
)
def test_the_nearest_language(language: str | None, found: str) -> None:
    template = Library.load().find("thanks", language)
    assert template is not None
    assert template.language == found


def own(folder: Path, text: str, name: str = "mine.toml") -> Library:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return Library.load([folder])


THANKS = '[[template]]\nname = "thanks"\ntitle = "Mine"\nbody = "Cheers!"\n'


def test_ones_own_goes_over_the_shipped(tmp_path: Path) -> None:
    library = own(tmp_path, THANKS)
    thanks = library.find("thanks")
    assert thanks is not None
    assert thanks.body == "Cheers!"
    assert thanks.path == str(tmp_path / "mine.toml")
    croatian = library.find("thanks", "hr")
    assert croatian is not None
    assert croatian.title.startswith("Hvala")
    assert len(library.templates) == len(Library.load().templates)


def test_a_broken_one_leaves_the_shipped_in_place(tmp_path: Path) -> None:
    library = own(tmp_path, THANKS.replace("Cheers!", "{{ cheers }}") + item("fine"))
    thanks = library.find("thanks")
    assert thanks is not None
    assert thanks.title != "Mine"
    assert library.find("fine") is not None
    (broken,) = library.broken
    assert (broken.name, broken.line) == ("thanks", 4)


def item(name: str, more: str = "") -> str:
    return f'[[template]]\nname = "{name}"\ntitle = "T"\nbody = "fine"\n{more}'


def test_one_name_in_two_files_is_said(tmp_path: Path) -> None:
    own(tmp_path, item("x"), "a.toml")
    library = own(tmp_path, "\n\n" + item("x"), "b.toml")
    (broken,) = library.broken
    assert (Path(broken.path).name, broken.line) == ("b.toml", 3)
    assert "a.toml on line 1" in broken.words


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert Library.load([tmp_path / "none"]) == Library.load()


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    (broken,) = Library.load([file]).broken
    assert "can't be read" in broken.words


def test_a_language_only_you_have(tmp_path: Path) -> None:
    library = own(tmp_path, item("only", 'language = "fi"\n'))
    only = library.find("only", "hr")
    assert only is not None
    assert only.language == "fi"
    assert library.find("none") is None


def test_search() -> None:
    library = Library.load()
    assert [one.name for one in library.search("PARCEL")][:1] == ["where-is-my-parcel"]
    assert [one.name for one in library.search("size exchange")] == ["size-exchange"]
    assert [one.name for one in library.search("carrier")] == ["where-is-my-parcel"]
    assert library.search("zebra") == ()
    public = library.search(lane=TemplateLane.PUBLIC)
    assert "parcel-status" not in [one.name for one in public]
    assert {one.language for one in library.search(language="hr")} == {"hr"}
    names = [one.name for one in library.search()]
    assert len(names) == len(set(names))
    assert not any(name.startswith("ack") for name in names)
    moves = library.search(purposes=[Purpose.HANDOFF_PRIVATE])
    assert len(moves) == 4


def test_the_documentation_names_every_slot_tag_and_filter() -> None:
    text = (Path(__file__).parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")
    for slot in SLOTS:
        private = "private" if slot.private else ""
        assert f"| `{slot.name}` | {slot.words} | {private}".rstrip() in text
    for name in (*FILTERS, *TAGS[:-1], *Purpose):
        assert f"`{name}`" in text
    for template in stock():
        if template.purpose is not Purpose.REPLY:
            assert f"`{template.name}`" in text
    example = text.split("```toml")[1].split("```")[0]
    (template,), broken = read(example)
    assert broken == ()
    assert template.name == "pickup"
