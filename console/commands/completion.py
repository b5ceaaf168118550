"""`completion`: completion for bash, zsh and fish, made from the tree of commands.

Made here because the tree is small and the scripts are short: a package for it would be one more
thing to trust at every start. Only names are completed; what is on the desk is never read for it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from console.commands.tree import tree

Choice = tuple[str, str]
"""A word that may stand at a place, and what it means."""


def completion(asked: argparse.Namespace) -> int:
    """Print the completion for a shell."""
    print(_SHELLS[asked.shell]())
    return 0


def _places(
    parser: argparse.ArgumentParser, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], list[Choice]]]:
    """Every place in the tree, as the commands that lead there, with what may stand next."""
    choices: list[Choice] = []
    below: dict[str, argparse.ArgumentParser] = {}
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way to ask
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            below = dict(action.choices)
            words = {each.dest: each.help or "" for each in action._choices_actions}  # noqa: SLF001
            choices += [(name, words.get(name, "")) for name in below]
        elif action.option_strings:
            choices += [(option, action.help or "") for option in action.option_strings]
        elif action.choices:
            choices += [(str(choice), action.help or "") for choice in action.choices]
    yield above, choices
    for name, command in below.items():
        yield from _places(command, (*above, name))


def _bash() -> str:
    cases = "\n".join(
        f'        "{" ".join(above)}") words="{" ".join(word for word, _ in choices)}" ;;'
        for above, choices in _places(tree())
    )
    return f"""_greenroom() {{
    local place="" word words=""
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$word" in
            -*) ;;
            *) case " {_commands()} " in *" ${{place:+$place/}}$word "*)
                place="${{place:+$place/}}$word" ;; esac ;;
        esac
    done
    case "${{place//\\// }}" in
{cases}
    esac
    COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _greenroom greenroom"""


def _commands() -> str:
    return " ".join("/".join(above) for above, _ in _places(tree()) if above)


def _zsh() -> str:
    def line(word: str, words: str) -> str:
        meant = words.replace("'", "").replace(":", ",")
        return f"            '{word}:{meant}'"

    cases = "\n".join(
        f"        '{' '.join(above)}') choices=(\n"
        + "\n".join(line(*choice) for choice in choices)
        + "\n        ) ;;"
        for above, choices in _places(tree())
    )
    return f"""#compdef greenroom
_greenroom() {{
    local place="" word
    local -a choices
    local -a known=({" ".join(f"'{name}'" for name in _commands().split())})
    for word in "${{(@)words[2,CURRENT-1]}}"; do
        [[ $word == -* ]] && continue
        (( ${{known[(Ie)${{place:+$place/}}$word]}} )) && place="${{place:+$place/}}$word"
    done
    case "${{place//\\// }}" in
{cases}
    esac
    _describe 'greenroom' choices || _files
}}
compdef _greenroom greenroom"""


def _fish() -> str:
    lines = ["complete -c greenroom -f"]
    for above, choices in _places(tree()):
        if above:
            seen = "; and ".join(f"__fish_seen_subcommand_from {name}" for name in above)
        else:
            seen = "__fish_use_subcommand"
        for word, words in choices:
            meant = words.replace("'", "")
            if word.startswith("--"):
                what = f"-l {word[2:]}"
            elif word.startswith("-"):
                what = f"-s {word[1:]}"
            else:
                what = f"-a {word}"
            lines.append(f"complete -c greenroom -n '{seen}' {what} -d '{meant}'")
    return "\n".join(lines)


_SHELLS = {"bash": _bash, "zsh": _zsh, "fish": _fish}
