"""lttngx completion: the shell functions which complete commands, options and their words; made from the parsers."""

import argparse
from collections.abc import Callable
from typing import Any

ABOUT = "Print what makes a shell complete lttngx's commands: eval \"$(lttngx completion bash)\"."
SHELLS = ("bash", "zsh", "fish")

_BASH = """_lttngx() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} command=${{COMP_WORDS[1]}} words=
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "{commands}" -- "$word"))
        return
    fi
    case $command in
{cases}
    esac
    case $word in
        -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
        *) COMPREPLY=($(compgen -f -- "$word")) ;;
    esac
}}
complete -o filenames -F _lttngx lttngx
"""


def add_command(commands: Any, make_parser: Callable[[], argparse.ArgumentParser]) -> None:
    """Add the command to a parser's. make_parser: makes the parser of all commands with all their options."""
    own = commands.add_parser("completion", help="Print the completion functions of a shell.", description=ABOUT)
    own.add_argument("shell", choices=SHELLS)
    own.set_defaults(run=lambda options: print(script(make_parser(), options.shell), end=""))


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return the completion script of a shell for a parser with commands."""
    words = {name: _words(own) for name, own in commands_of(parser).items()}
    if shell == "fish":
        return "".join(_fish(name, options) for name, options in words.items())
    cases = "\n".join(f'        {name}) words="{" ".join(options)}" ;;' for name, options in words.items())
    bash = _BASH.format(commands=" ".join(words), cases=cases)
    return bash if shell == "bash" else f"autoload -U +X bashcompinit && bashcompinit\n{bash}"


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the parsers of a parser's commands by name."""
    # argparse has no public way to them.
    return next(action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction))


def _words(parser: argparse.ArgumentParser) -> list[str]:
    return sorted(option for action in parser._actions for option in action.option_strings if option.startswith("--"))


def _fish(name: str, options: list[str]) -> str:
    lines = [f"complete -c lttngx -n __fish_use_subcommand -a {name}"]
    lines += [f"complete -c lttngx -n '__fish_seen_subcommand_from {name}' -l {option[2:]}" for option in options]
    return "\n".join(lines) + "\n"
