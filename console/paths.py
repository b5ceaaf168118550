"""Where Greenroom keeps what: the folders of the desktop standard, or one folder of your choice.

`GREENROOM_HOME=DIR` puts all four folders under DIR. Otherwise each follows its XDG variable. Every
folder is made 0700 and every file 0600; what is looser than that is named, so that a person can
decide.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "GREENROOM_HOME"
FOLDER_MODE = 0o700
FILE_MODE = 0o600


class FolderTrouble(Exception):
    """A folder can't be made or used; the words say which and what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The four folders, and the files that Greenroom keeps in them."""

    config: Path
    """What you write: `config.toml`, `templates/`."""
    data: Path
    """What must not be lost: the database."""
    state: Path
    """What only holds between two runs: locks."""
    log: Path
    """The log."""

    @property
    def config_file(self) -> Path:
        """The configuration; it need not exist."""
        return self.config / "config.toml"

    @property
    def templates(self) -> Path:
        """Your own templates; they stand above the shipped ones."""
        return self.config / "templates"

    @property
    def database(self) -> Path:
        """Threads, messages, drafts and deliveries."""
        return self.data / "greenroom.db"

    @property
    def log_file(self) -> Path:
        """What happened, without what was said."""
        return self.log / "greenroom.log"


def find(surroundings: Mapping[str, str] | None = None) -> Paths:
    """The folders as the environment names them; nothing is made. A relative XDG path is ignored,
    as its standard asks."""
    env = os.environ if surroundings is None else surroundings
    if chosen := env.get(HOME_VARIABLE):
        home = Path(chosen).expanduser().absolute()
        return Paths(
            config=home / "config", data=home / "data", state=home / "state", log=home / "log"
        )
    person = Path(env.get("HOME") or "~").expanduser()

    def folder(variable: str, usual: str) -> Path:
        named = env.get(variable, "")
        root = Path(named) if named.startswith("/") else person / usual
        return root / "greenroom"

    state = folder("XDG_STATE_HOME", ".local/state")
    return Paths(
        config=folder("XDG_CONFIG_HOME", ".config"),
        data=folder("XDG_DATA_HOME", ".local/share"),
        state=state,
        log=state / "log",
    )


def make(paths: Paths) -> None:
    """Make the folders that are missing, and shut to others those that only Greenroom writes.

    The folder of the configuration is yours: where it stands open it is named by `loose`, not
    changed. Raises `FolderTrouble`.
    """
    for folder in (paths.config, paths.data, paths.state, paths.log):
        try:
            _make_folder(folder)
            if folder is not paths.config and folder.stat().st_mode & 0o077:
                folder.chmod(FOLDER_MODE)
        except OSError as error:
            raise FolderTrouble(
                f"{folder} can't be made or used ({error.strerror}). Greenroom keeps nothing until "
                f"it can. Check who owns the folder above it, or choose another place with "
                f"{HOME_VARIABLE}=DIR."
            ) from error


def _make_folder(folder: Path) -> None:
    for missing in reversed((folder, *folder.parents)):
        if not missing.exists():
            missing.mkdir(mode=FOLDER_MODE, exist_ok=True)
    if not folder.is_dir():
        raise NotADirectoryError(20, "it is not a folder")


def open_private(path: Path, flags: int) -> int:
    """A file descriptor for a file that is made 0600 whatever the umask says."""
    return os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)


def writable_by_others(path: Path) -> bool:
    """True when somebody else on this machine can change the file, or put another in its place."""
    return any(
        (_mode(place) & 0o022 and not _sticky(place)) or _foreign(place)
        for place in (path, path.parent)
        if place.exists()
    )


def loose(paths: Paths) -> tuple[str, ...]:
    """A sentence for everything of ours that others on this machine can change or read."""
    found: list[str] = []
    for place in (paths.config, paths.config_file, paths.templates):
        if not place.exists():
            continue
        if _foreign(place):
            found.append(f"{place} belongs to somebody else, who can change what Greenroom does.")
        elif _mode(place) & 0o022:
            found.append(
                f"{place} can be changed by others ({_shown(place)}), and so can what Greenroom "
                f"does. Shut it: chmod go-w {place}"
            )
    ours = [paths.data, paths.state, paths.log]
    files = [file for folder in ours if folder.is_dir() for file in folder.iterdir()]
    for place in (*ours, *sorted(files)):
        if place.exists() and not place.is_symlink() and _mode(place) & 0o077:
            wanted = "700" if place.is_dir() else "600"
            found.append(
                f"{place} can be read by others ({_shown(place)}), and it holds what customers "
                f"wrote. Shut it: chmod {wanted} {place}"
            )
    return tuple(found)


def _mode(place: Path) -> int:
    return stat.S_IMODE(place.stat().st_mode)


def _shown(place: Path) -> str:
    return f"{_mode(place):03o}"


def _sticky(place: Path) -> bool:
    return place.is_dir() and bool(_mode(place) & stat.S_ISVTX)


def _foreign(place: Path) -> bool:
    return place.stat().st_uid not in (0, os.geteuid())
