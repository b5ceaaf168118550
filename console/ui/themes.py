"""The looks: calm dark, calm light, high contrast, and the terminal's own colours.

Each has one accent. Line-drawn panes take their styles from an `Ink`, made once for a theme: it
costs nothing at a key, where looking a style up in the stylesheet would.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color
from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

DARK = Theme(
    name="greenroom-dark",
    primary="#8fbf9f",
    secondary="#8fbf9f",
    accent="#8fbf9f",
    warning="#d9b36c",
    error="#e08c8c",
    success="#8fbf9f",
    foreground="#d7dcd8",
    background="#15191a",
    surface="#15191a",
    panel="#1d2324",
    boost="#1d2324",
    dark=True,
    variables={"quiet": "#8f9a94", "line": "#39423e", "cursor": "#26332c", "rest": "#1e2624"},
)
LIGHT = Theme(
    name="greenroom-light",
    primary="#2a6a49",
    secondary="#2a6a49",
    accent="#2a6a49",
    warning="#7d5200",
    error="#a02a2a",
    success="#2a6a49",
    foreground="#22292a",
    background="#fbfaf6",
    surface="#fbfaf6",
    panel="#f0efe9",
    boost="#f0efe9",
    dark=False,
    variables={"quiet": "#616a65", "line": "#c9ccc4", "cursor": "#dcebdf", "rest": "#eef1ea"},
)
CONTRAST = Theme(
    name="greenroom-contrast",
    primary="#ffe94d",
    secondary="#ffe94d",
    accent="#ffe94d",
    warning="#ffe94d",
    error="#ff9d9d",
    success="#ffe94d",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    boost="#000000",
    dark=True,
    variables={"quiet": "#e6e6e6", "line": "#ffffff", "cursor": "#1f3f7f", "rest": "#262626"},
)
TERMINAL = Theme(
    name="greenroom-terminal",
    primary="ansi_green",
    secondary="ansi_green",
    accent="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    ansi=True,
    variables={
        **BUILTIN_THEMES["ansi-dark"].variables,
        "quiet": "ansi_default",
        "line": "ansi_bright_black",
        "cursor": "ansi_default",
        "rest": "ansi_default",
    },
)
THEMES = {
    "dark": DARK,
    "light": LIGHT,
    "contrast": CONTRAST,
    "terminal": TERMINAL,
}
"""What `theme = ...` may say in the configuration."""


class Ink:
    """The styles a pane draws with, on one background."""

    __slots__ = (
        "accent",
        "bad",
        "blank",
        "line",
        "name",
        "private",
        "public",
        "quiet",
        "strong",
        "text",
        "warn",
    )

    def __init__(self, name: str, colours: dict[str, str | None], behind: Style) -> None:
        def style(colour: str, *, bold: bool = False, dim: bool = False) -> Style:
            return behind + Style(color=colours[colour], bold=bold or None, dim=dim or None)

        plain = colours["quiet"] is None
        self.name = name
        self.blank = behind
        self.text = style("text")
        self.quiet = style("quiet", dim=plain and not behind.reverse)
        self.strong = style("text", bold=True)
        self.accent = style("accent", bold=True)
        self.line = style("line", dim=plain)
        # The lanes differ by their words and shapes; weight helps, colour is not needed.
        self.public = style("text", bold=True)
        self.private = style("accent", bold=True)
        self.warn = style("warn", bold=True)
        self.bad = style("bad", bold=True)


class Inks:
    """The inks of one theme: on the page, on the cursor's row, on it while the focus is away."""

    __slots__ = ("cursor", "page", "rest")

    def __init__(self, theme: Theme) -> None:
        said = theme.variables
        ansi = theme.ansi
        foreground = None if ansi else theme.foreground or ("#d7dcd8" if theme.dark else "#22292a")
        colours = {
            "text": foreground,
            "quiet": None if ansi else said.get("quiet", foreground),
            "line": None if ansi else said.get("line", foreground),
            "accent": "green" if ansi else theme.accent or theme.primary,
            "warn": "yellow" if ansi else theme.warning or theme.primary,
            "bad": "red" if ansi else theme.error or theme.primary,
        }

        def behind(name: str) -> Style:
            return Style(bgcolor=Color.parse(said[name])) if name in said else Style(reverse=True)

        self.page = Ink(f"{theme.name}/page", colours, Style())
        if ansi:
            self.cursor = Ink(f"{theme.name}/cursor", dict.fromkeys(colours), Style(reverse=True))
            self.rest = Ink(f"{theme.name}/rest", colours, Style(underline=True))
        else:
            self.cursor = Ink(f"{theme.name}/cursor", colours, behind("cursor"))
            self.rest = Ink(f"{theme.name}/rest", colours, behind("rest"))


@lru_cache(maxsize=16)
def _inks(name: str, dark: bool) -> Inks:
    return Inks(_KNOWN[name, dark])


_KNOWN: dict[tuple[str, bool], Theme] = {}


def inks(theme: Theme) -> Inks:
    """The inks of a theme, the same object each time."""
    _KNOWN.setdefault((theme.name, theme.dark), theme)
    return _inks(theme.name, theme.dark)
