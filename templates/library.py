"""All templates there are: those shipped, and over them the merchant's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from templates.model import Broken, Purpose, Template, TemplateLane
from templates.parse import read

STOCK = Path(__file__).parent / "stock"
"""The folder of the templates that come with Greenroom."""
FALLBACK = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """The templates that can be used, and what can't be and why."""

    templates: tuple[Template, ...]
    """Shipped ones first, in the order of their files; a merchant's own takes the place of the
    shipped one that it has the name and the language of."""
    broken: tuple[Broken, ...]

    @classmethod
    def load(cls, folders: Iterable[Path] = ()) -> Library:
        """The shipped templates, overridden by those of each folder in turn.

        A folder that isn't there has none. Nothing is raised: what is wrong is in `broken`.
        """
        shelf: dict[tuple[str, str], Template] = {}
        broken: list[Broken] = []
        for folder in (STOCK, *folders):
            files, trouble = _files(folder)
            broken.extend(trouble)
            of_folder: dict[tuple[str, str], Template] = {}
            for file in files:
                templates, wrong = read(file, trusted=folder == STOCK)
                broken.extend(wrong)
                for template in templates:
                    key = (template.name, template.language)
                    if key in of_folder:
                        broken.append(_twice(template, of_folder[key]))
                    else:
                        of_folder[key] = template
            shelf.update(of_folder)
        return cls(templates=tuple(shelf.values()), broken=tuple(broken))

    def find(self, name: str, language: str | None = None) -> Template | None:
        """The template of that name in the language, else in its nearest, else in English.

        Where there is neither, any language is better than none.
        """
        return _best([one for one in self.templates if one.name == name], language)

    def of(self, purpose: Purpose, language: str | None = None) -> tuple[Template, ...]:
        """What there is for a purpose, each in its best language; the first is the usual one."""
        return tuple(
            self._each(language, [one for one in self.templates if one.purpose is purpose])
        )

    def search(
        self,
        words: str = "",
        language: str | None = None,
        *,
        lane: TemplateLane | None = None,
        purposes: Iterable[Purpose] = (Purpose.REPLY,),
    ) -> tuple[Template, ...]:
        """Those whose name, title or body have all the words, each in its best language.

        `lane` leaves out what may not be said there. Those with the words in name or title come
        first.
        """
        wanted = words.casefold().split()
        allowed = frozenset(purposes)
        named: list[Template] = []
        inside: list[Template] = []
        for one in self._each(language, [t for t in self.templates if t.purpose in allowed]):
            if lane is not None and one.lane not in (lane, TemplateLane.EITHER):
                continue
            top = f"{one.name} {one.title}".casefold()
            if all(word in top for word in wanted):
                named.append(one)
            elif all(word in top or word in one.body.casefold() for word in wanted):
                inside.append(one)
        return (*named, *inside)

    def _each(self, language: str | None, among: list[Template]) -> Iterator[Template]:
        by_name: dict[str, list[Template]] = {}
        for one in among:
            by_name.setdefault(one.name, []).append(one)
        for versions in by_name.values():
            best = _best(versions, language)
            if best is not None:
                yield best


def _best(versions: list[Template], language: str | None) -> Template | None:
    by_language = {one.language.lower(): one for one in versions}
    tag = (language or FALLBACK).replace("_", "-").lower()
    while tag:
        if tag in by_language:
            return by_language[tag]
        tag = tag.rpartition("-")[0]
    return by_language.get(FALLBACK) or next(iter(versions), None)


def _files(folder: Path) -> tuple[list[Path], list[Broken]]:
    try:
        return sorted(file for file in folder.iterdir() if file.suffix == ".toml"), []
    except FileNotFoundError:
        return [], []
    except OSError as error:
        words = f"The folder can't be read: {error.strerror}."
        return [], [Broken(path=str(folder), line=0, name=None, words=words)]


def _twice(second: Template, first: Template) -> Broken:
    return Broken(
        path=second.path,
        line=second.line,
        name=second.name,
        words=(
            f'"{second.name}" in {second.language} is there already, in {first.path} on line'
            f" {first.line}. Give one of them another name."
        ),
    )
