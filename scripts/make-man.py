#!/usr/bin/env python3
"""Writes the manual pages from the help of component classes and of the command: what `babeltrace2 help` and `lttngx --help` say.

    .venv/bin/python scripts/make-man.py [DIR, default docs/man]

Pages: babeltrace2-TYPE.lttngx.NAME(7) for each component class, lttngx(1). A test holds that those in docs/man are current.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "components"))

import bt2  # noqa: E402

from lttngx import __version__  # noqa: E402
from lttngx.bt.manual import Manual, parse  # noqa: E402
from lttngx.commands import lttngx as command  # noqa: E402

TYPES = ("source", "filter", "sink")
# How babeltrace2's own manual pages name what our help calls otherwise.
HEADINGS = {"PARAMETERS": "INITIALIZATION PARAMETERS", "EXAMPLE": "EXAMPLES"}


def escaped(line: str) -> str:
    """Return a line of text as a line of roff."""
    line = line.replace("\\", "\\e").replace("-", "\\-")
    line = "".join(letter if letter.isascii() else f"\\[u{ord(letter):04X}]" for letter in line)
    return f"\\&{line}" if line.startswith((".", "'")) else line


def marked(line: str) -> str:
    """Return a line of roff with `code` in bold."""
    return re.sub(r"`([^`]+)`", r"\\fB\1\\fR", escaped(line))


def header(name: str, section: int, summary: str) -> list[str]:
    """Return the lines which begin a page. The version stands where others have a date: pages are the same on every day."""
    return [f'.TH "{name.upper()}" "{section}" "" "lttngx {__version__}" "lttngx manual"', ".SH NAME",
            f"{escaped(name)} \\- {marked(summary.rstrip('.'))}"]


def paragraphs(lines: tuple[str, ...]) -> Iterator[str]:
    """Yield lines of text; those which are indented keep their line ends."""
    literal = False
    for line in lines:
        indented = line.startswith("  ")
        if indented != literal and line:
            yield ".EX" if indented else ".EE"
            literal = indented
        yield (marked(line) if indented else marked(line.strip())) if line else (".PP" if not literal else "")
    if literal:
        yield ".EE"


def parameters(manual: Manual) -> Iterator[str]:
    """Yield the section on parameters."""
    for item in manual.parameters:
        names = ", ".join(f"\\fB{escaped(name)}\\fR" for name in item.names)
        yield from (".TP", f"{names} ({marked(item.what)})", marked(item.text) or "\\&")


def class_page(kind: str, name: str, manual: Manual) -> str:
    """Return the page of a component class."""
    full = f"{kind}.lttngx.{name}"
    lines = [*header(f"babeltrace2-{full}", 7, manual.summary), ".SH DESCRIPTION", *paragraphs(manual.description)]
    for heading, body in manual.sections:
        lines.append(f".SH {HEADINGS.get(heading, heading)}")
        # Sections are indented in the help; what is indented further, or an example, keeps its lines.
        body = body if heading.startswith("EXAMPLE") else tuple(line.removeprefix("  ") for line in body)
        lines += parameters(manual) if heading == "PARAMETERS" else paragraphs(body)
    return "\n".join([*lines, ".SH SEE ALSO", "\\fBlttngx\\fR(1), \\fBbabeltrace2\\-intro\\fR(7), \\fBbabeltrace2\\fR(1)", ""])


def option_lines(own: argparse.ArgumentParser) -> Iterator[str]:
    """Yield a command's arguments and options. argparse's own formatting differs between versions of Python."""
    for action in own._actions:
        if not isinstance(action, argparse._HelpAction):
            takes_value = action.nargs != 0 and not isinstance(action, argparse.BooleanOptionalAction)
            word = action.metavar or ("{" + ",".join(action.choices) + "}" if action.choices else action.dest.upper())
            value = f" {word}" if takes_value else ""
            about = (action.help or "").replace(" (default: %(default)s)", "").replace("%%", "%")
            yield from (".TP", f"\\fB{escaped(', '.join(action.option_strings))}\\fR{escaped(value)}", marked(about) or "\\&")


def command_page() -> str:
    """Return the page of the command."""
    parser = command.parser()
    commands = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    lines = [*header("lttngx", 1, "analyse LTTng and other CTF traces"), ".SH SYNOPSIS",
             "\\fBlttngx\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] \\fITRACE\\fR...", ".SH DESCRIPTION",
             "Runs the component classes of the Babeltrace 2 plugin lttngx. \\fB\\-\\-show\\-graph\\fR prints the",
             "\\fBbabeltrace2\\fR(1) command which runs the same graph.", ".SH COMMANDS"]
    summaries = {choice.dest: choice.help for choice in commands._choices_actions}
    for name, own in commands.choices.items():
        lines += [f".SS lttngx {escaped(name)}", marked(summaries[name] or ""), *option_lines(own)]
    status = command.__doc__.partition("Exit status: ")[2]
    lines += [".SH EXIT STATUS", *(marked(line) for line in " ".join(status.split()).split("; "))]
    return "\n".join([*lines, ".SH SEE ALSO", "\\fBbabeltrace2\\fR(1), \\fBbabeltrace2\\-sink.lttngx.cputop\\fR(7)", ""])


def pages() -> dict[str, str]:
    """Return every page by file name."""
    plugin = bt2.find_plugins_in_path(str(ROOT), recurse=False)[0]
    found = {"lttngx.1": command_page()}
    for kind in TYPES:
        for name, one in getattr(plugin, f"{kind}_component_classes").items():
            found[f"babeltrace2-{kind}.lttngx.{name}.7"] = class_page(kind, name, parse(f"{one.description}\n\n{one.help}"))
    return found


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/man"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    main()
