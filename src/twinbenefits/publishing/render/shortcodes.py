"""Replace `var`, `meta`, `include` and `pagebreak` as Quarto does, keeping every line's place."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from twinbenefits.publishing.problems import SourceProblem
from twinbenefits.publishing.render.faults import problem_at
from twinbenefits.publishing.render.project import Metadata, split_front_matter, suggestion
from twinbenefits.publishing.render.source import Line, Origin, read_lines

SHORTCODE = re.compile(r"(?P<open>\{?)\{\{<\s+(?P<call>.*?)\s+>\}\}(?P<close>\}?)")
ARGUMENT = re.compile(r'"[^"]*"|\S+')
PAGEBREAK = ("", "::: {.pagebreak}", ":::", "")
KNOWN = frozenset({"var", "meta", "include", "pagebreak"})


@dataclass
class Expansion:
    """Replaces shortcodes in one document and collects what cannot be replaced.

    Parameters
    ----------
    workspace
        The project folder.
    source
        The main document, relative to the workspace; included files and images are looked for from
        its folder, because Quarto treats an include as if its text were pasted into the main document.
    metadata
        What `meta` may name.
    variables
        What `var` may name.
    """

    workspace: Path
    source: str
    metadata: Metadata
    variables: Metadata
    problems: list[SourceProblem] = field(default_factory=list)

    def expand(self, lines: list[Line], open_files: tuple[str, ...] = ()) -> list[Line]:
        """Return the lines with every shortcode replaced; files under way are not included again."""
        files = open_files or (self.source,)
        expanded: list[Line] = []
        for position, line in enumerate(lines):
            call = _only_call(line)
            if call is None:
                expanded.append(self._replace_in(line))
            elif call[0] == "include":
                self._check_alone(lines, position)
                expanded.extend(self._include(call[1:], line, files))
            else:
                expanded.extend(replace(line, text=text) for text in PAGEBREAK)
        return expanded

    def expand_metadata(self, value: Any, origin: Origin) -> Any:
        """Return a metadata value with the shortcodes in its strings replaced."""
        if isinstance(value, str) and "{{<" in value:
            return self._replace_in(Line(value, origin, value)).text
        if isinstance(value, list):
            return [self.expand_metadata(item, origin) for item in value]
        if isinstance(value, dict):
            return {key: self.expand_metadata(item, origin) for key, item in value.items()}
        return value

    def _include(self, arguments: list[str], line: Line, files: tuple[str, ...]) -> list[Line]:
        if len(arguments) != 1:
            self._refuse(line, "include", "takes one file", "Write `{{< include file.qmd >}}`.")
            return []
        folder = PurePosixPath(self.source).parent
        name = os.path.normpath(folder / arguments[0]).replace(os.sep, "/")
        path = self.workspace / name
        if arguments[0].startswith("/") or name.startswith(".."):
            rule = "the path must lead from the main document to a file of the project"
            self._refuse(line, f"include {arguments[0]}", rule, f"Write it relative to {folder}/.")
        elif name in files:
            self._refuse(
                line, f"include {arguments[0]}", "a file cannot include itself", "Remove the circle."
            )
        elif not path.is_file():
            way_out = f"Looked for {name}: paths in an included file start at the folder of {self.source}."
            self._refuse(line, f"include {arguments[0]}", "there is no such file", way_out)
        else:
            return self._included(name, path, files)
        return []

    def _included(self, name: str, path: Path, files: tuple[str, ...]) -> list[Line]:
        front, body = split_front_matter(read_lines(path, name))
        if front:
            rule = "an included file has no front matter, for Quarto would apply it to the whole document"
            self.problems.append(problem_at(name, 1, "---", rule, "Move it to the main document."))
        return self.expand(body, (*files, name))

    def _check_alone(self, lines: list[Line], position: int) -> None:
        around = (lines[position - 1] if position else None, *lines[position + 1 : position + 2])
        if any(other is not None and other.text.strip() for other in around):
            rule = "Quarto asks for an empty line before and after an include"
            self._refuse(lines[position], lines[position].text.strip(), rule, "Add the empty line.")

    def _replace_in(self, line: Line) -> Line:
        if "{{<" not in line.text:
            return line
        if line.fenced:
            rule = "shortcodes in code blocks are not read alike by the two engines"
            self._refuse(line, line.text.strip(), rule, "Write `{{{< … >}}}` or move it out of the block.")
            return line
        text = SHORTCODE.sub(lambda match: self._value(match, line), line.text)
        if "{{<" in SHORTCODE.sub("", line.text):
            rule = "a shortcode is `{{< name argument >}}` on one line, with the spaces"
            self._refuse(line, line.text.strip(), rule, "Write it so.")
        return replace(line, text=text)

    def _value(self, match: re.Match[str], line: Line) -> str:
        if match["open"] and match["close"]:
            return match[0][1:-1]
        name, *arguments = _words(match["call"])
        if name in {"include", "pagebreak"}:
            self._refuse(line, f"shortcode {name}", "stands alone on its line", "Move it to its own line.")
        elif name not in KNOWN:
            rule = "is not a shortcode both engines know"
            self._refuse(line, f"shortcode {name}", rule, suggestion(name, KNOWN))
        elif len(arguments) != 1:
            self._refuse(
                line, f"shortcode {name}", "takes one name", f"Write `{{{{< {name} some_name >}}}}`."
            )
        else:
            known = self.variables if name == "var" else self.metadata
            return match["open"] + self._look_up(known, arguments[0], name, line) + match["close"]
        return match[0]

    def _look_up(self, known: Metadata, dotted: str, kind: str, line: Line) -> str:
        found: Any = known
        for part in dotted.split("."):
            if not isinstance(found, Mapping) or part not in found:
                names = known if not isinstance(found, Mapping) else found
                what = {"var": "value", "meta": "metadata"}[kind]
                way_out = suggestion(part, {str(name): None for name in names})
                self._refuse(line, f"{kind} {dotted}", f"there is no such {what}", way_out)
                return ""
            found = found[part]
        if isinstance(found, bool) or not isinstance(found, (str, int)):
            rule = "only text and whole numbers are printed alike by the two engines"
            self._refuse(line, f"{kind} {dotted}", rule, "Put the value in quotes.")
        return str(found)

    def _refuse(self, line: Line, value: str, rule: str, way_out: str) -> None:
        self.problems.append(problem_at(line.origin.file, line.origin.line, value, rule, way_out))


def _only_call(line: Line) -> list[str] | None:
    """Return the words of an include or pagebreak that has the line to itself."""
    match = SHORTCODE.fullmatch(line.text.strip())
    if line.fenced or match is None or match["open"]:
        return None
    words = _words(match["call"])
    return words if words and words[0] in {"include", "pagebreak"} else None


def _words(call: str) -> list[str]:
    return [word.strip('"') for word in ARGUMENT.findall(call)] or [""]
