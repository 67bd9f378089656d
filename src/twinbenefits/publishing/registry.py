"""The results registry: the one way from a notebook to the paper, the slides and the briefs.

A notebook registers named values, tables and figures; documents name them. Nothing is taken that was not
released for the notebook's audience, and everything is written as files whose bytes depend on the result
alone.

The folder of a notebook holds ``values.json`` and ``displays.json`` (what readers see), ``edition.json`` (for
whom), ``provenance.json`` (where it comes from), ``tables/`` (CSV and Markdown), ``figures/`` (SVG and PNG)
and ``snippets/``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinbenefits.evidence.release import Released
from twinbenefits.publishing.case_tests import texts_of_cells
from twinbenefits.publishing.disclosure_check import disclosure_json
from twinbenefits.publishing.figures import figure_bytes, figure_problem, kept_drawing
from twinbenefits.publishing.long_tables import rows_shown
from twinbenefits.publishing.pipe_tables import cell_problems, pipe_table, plain_rows, with_a_line
from twinbenefits.publishing.problems import PublishingError, SourceProblem
from twinbenefits.publishing.registry_checks import (
    Checks,
    NotReleasedError,
    fill,
    folder_problem,
    require_released,
)
from twinbenefits.publishing.registry_files import Records, csv_text, results_folder
from twinbenefits.publishing.registry_provenance import (
    Cell,
    current_cell,
    input_hashes,
    notebook_parameters,
    versions,
)
from twinbenefits.publishing.registry_shown import ShownFigure, ShownTable
from twinbenefits.publishing.registry_values import RegisteredValue, written
from twinbenefits.publishing.runs import qualified_display, qualified_value, run_folder
from twinbenefits.publishing.snippets import (
    SLIDE,
    Display,
    figure_snippet,
    slide_snippet,
    table_document,
    table_snippet,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from twinbenefits.evidence.study import Study

__all__ = ["NotReleasedError", "Results"]

SYNTHETIC = "synthetic demonstration data"


class Results:
    """The registered results of one notebook; made by `Results.for_notebook`."""

    def __init__(self, notebook: str, study: Study, folder: Path, by_build: bool, run: str = "") -> None:
        self.notebook, self._run = notebook, run
        self._study = study
        self._by_build = by_build
        self._checks = Checks(study.layout, notebook)
        self._values: dict[str, RegisteredValue] = {}
        self._displays: dict[str, dict[str, Any]] = {}
        self._cells: dict[str, Cell] = {}
        self._counts: dict[int, tuple[Released, str]] = {}
        self._hashes = input_hashes(study.layout, study.evidence, study.tables)
        edition = {"audience": study.audience, "evidence": study.evidence, "notebook": notebook}
        edition |= {"run": run} if run else {}
        origin = {
            "as_of": study.as_of.isoformat(),
            "parameters": notebook_parameters(study.layout, notebook),
            "versions": versions(),
        }
        self._records = Records(folder, edition, origin, alone=by_build)

    @classmethod
    def for_notebook(cls, notebook: str, study: Study, *, run: str = "") -> Results:
        """Open the registry of a notebook.

        Parameters
        ----------
        notebook
            The notebook's file name without its suffix, such as ``"01_literature_tables"``.
        study
            The study that the notebook opened; its audience and evidence hold for every result.
        run
            Of a notebook that is run several times, which run this is: every result bears its name.

        Raises
        ------
        PublishingError
            When a name cannot be the name of a folder.
        """
        folder_problem(notebook, run)
        folder, by_build = results_folder()
        return cls(notebook, study, folder / run_folder(notebook, run), by_build, run)

    def value(
        self, name: str, released: Released, fmt: str = "d", unit: str = "", of: str | None = None
    ) -> RegisteredValue:
        """Register a number that prose may name.

        Parameters
        ----------
        name
            What prose calls it: ``{{< var name >}}``.
        released
            The released result that has it among its scalars.
        fmt
            How it is written, as in Python's format specifications; ``"s"`` for a word.
        unit
            Written behind the number; left out, the number stands alone.
        of
            The scalar's name in the result, when it is not `name`.

        Raises
        ------
        NotReleasedError
            When `released` has not gone through release.
        PublishingError
            For a bad or taken name, a number the result does not have, or one this format cannot write.
        """
        require_released(released)
        named = qualified_value(self._run, name)
        part, key = f"value {named}", of or name
        problems = [*self._checks.name(name), *self._checks.scalar(name, key, released)]
        problems += self._edition_problems(part, released) + self._taken(part, self._values, name)
        problems += self._checks.no_test(part, released, {"name": name.replace("_", " ")})
        text, scalar = "", released.scalars.get(key)
        if scalar is not None:
            try:
                text = written(scalar.value, scalar.reason, fmt, unit)
            except (ValueError, TypeError) as error:
                rule = f"{type(scalar.value).__name__} cannot be written as {fmt!r} ({error})"
                way_out = 'Use fmt="d" for whole numbers, ".2f" for decimals, "s" for words.'
                problems.append(self._checks.problem(part, scalar.value, rule, way_out))
        if problems or scalar is None:
            raise PublishingError(problems)
        number, mark = _plain_number(scalar.value), _mark(released)
        unit = unit or scalar.unit
        value = RegisteredValue(named, number, text, unit, scalar.n, fmt, mark, scalar.reason)
        self._values[name] = value
        self._records.keep("values", named, value.record)
        self._keep_origin(part, released)
        return value

    def table(
        self,
        id: str,
        frame: pd.DataFrame,
        *,
        of: Released,
        caption: str,
        note: str = "",
        widths: Sequence[float] | None = None,
        variant: str = "",
        extra: bool = False,
    ) -> ShownTable:
        """Register a table.

        Parameters
        ----------
        id
            Its id in `data/study/displays.csv`.
        frame
            Formatted cells (text); they are Markdown, so emphasis and citations are kept.
        of
            The released result it was made from.
        caption, note
            Markdown; ``{name}`` stands for the text of a registered value. Below a table of very many
            rows the note also says how many are shown.
        widths
            Relative widths of the columns.
        variant
            Tells a further form of the same display apart.
        extra
            Whether the display is outside the list and named by a word, such as ``audit``.

        Raises
        ------
        NotReleasedError
            When `of` has not gone through release.
        PublishingError
            For everything that keeps the table from being printed, all at once.
        """
        require_released(of)
        frame = with_a_line(frame) if of.table.empty else frame
        part = f"table {qualified_display(self._run, id, variant)}"
        texts = {"caption": caption, "note": note}
        problems = self._display_problems(id, "table", variant, extra, of, texts)
        problems += self._checks.widths(part, widths, frame.shape[1])
        problems += self._checks.no_test(part, of, texts | texts_of_cells(frame))
        for row, column, wrong in cell_problems(frame):
            place = f"{part}, row {row}, column {column}" if row else part
            problems.append(
                self._checks.problem(place, None, wrong, "Format every cell as text before registering.")
            )
        if problems:
            raise PublishingError(problems)
        shown, cut = rows_shown(frame, f"{qualified_display(self._run, id, variant)}.csv")
        display = self._display(id, "table", variant, of, caption, f"{note} {cut}".strip(), "")
        markdown = pipe_table(shown, widths)
        rows = self._plain(part, frame, markdown, len(shown))
        self._save(
            display,
            texts,
            of,
            {
                f"tables/{display.name}.csv": csv_text(rows, display.mark),
                f"tables/{display.name}.md": table_document(display, markdown),
                **self._snippets(
                    display, table_snippet(display, markdown, widths), slide_snippet(display, markdown)
                ),
            },
        )
        return ShownTable(display, markdown)

    def figure(
        self,
        id: str,
        fig: Figure,
        *,
        of: Released,
        caption: str,
        alt: str,
        note: str = "",
        variant: str = "",
        extra: bool = False,
    ) -> ShownFigure:
        """Register a figure.

        Parameters
        ----------
        id
            Its id in `data/study/displays.csv`.
        fig
            The figure; it is closed afterwards.
        of
            The released result it was made from.
        caption, note
            Markdown; ``{name}`` stands for the text of a registered value.
        alt
            What a reader who cannot see the figure is told; plain text, may also name values.
        variant
            Tells a further form of the same display apart.
        extra
            Whether the display is outside the list and named by a word.

        Raises
        ------
        NotReleasedError
            When `of` has not gone through release.
        PublishingError
            For everything that keeps the figure from being printed, all at once.
        """
        require_released(of)
        part = f"figure {(name := qualified_display(self._run, id, variant))}"
        texts = {"caption": caption, "note": note, "alt text": alt}
        problems = self._display_problems(id, "figure", variant, extra, of, texts)
        problems += self._checks.alt(part, alt, caption) + self._checks.no_test(part, of, texts)
        drawn = kept_drawing(fig, name, self._mark(of, caption + note + alt))
        if wrong := None if drawn else figure_problem(fig):
            problems.append(
                self._checks.problem(part, None, wrong, "Draw it at the size of a page or smaller.")
            )
        if problems:
            raise PublishingError(problems)
        display = self._display(id, "figure", variant, of, caption, note, alt)
        drawn = drawn or figure_bytes(fig, display.name, display.mark)
        self._save(
            display,
            texts,
            of,
            {
                f"figures/{display.name}.svg": drawn["svg"],
                f"figures/{display.name}.png": drawn["png"],
                **self._snippets(display, figure_snippet(display), slide_snippet(display)),
            },
        )
        return ShownFigure(display, drawn["preview"])

    def __repr__(self) -> str:
        """Return the same in every run: a notebook that ends with `results` is held to its output."""
        return f"Results of {self.notebook}: {len(self._values)} values, {len(self._displays)} displays"

    def _repr_markdown_(self) -> str:
        """Return what is registered so far, as two lists."""
        lines = [
            f"Registered by `{self.notebook}` for {self._study.audience} ({self._study.evidence} evidence)",
            "",
        ]
        lines += [f"- {value._repr_markdown_()}" for value in self._values.values()]
        lines += [
            f"- {entry['kind']} `{entry['label']}`: {entry['caption']}" for entry in self._displays.values()
        ]
        return "\n".join(lines) if len(lines) > 2 else f"{lines[0]}: nothing yet"

    def _display(
        self, id_: str, kind: str, variant: str, of: Released, caption: str, note: str, alt: str
    ) -> Display:
        mark = self._mark(of, caption + note + alt)
        caption, note, alt = (fill(text, self._values) for text in (caption, note, alt))
        return Display(id_, kind, variant, caption, note, alt, mark, self._run)

    def _mark(self, of: Released, text: str) -> str | None:
        named = (value for name, value in self._values.items() if f"{{{name}}}" in text)
        return _mark(of) or next((value.mark for value in named if value.mark), None)

    def _display_problems(
        self, id_: str, kind: str, variant: str, extra: bool, of: Released, texts: dict[str, str]
    ) -> list[SourceProblem]:
        name = qualified_display(self._run, id_, variant)
        part = f"{kind} {name}"
        problems = self._checks.display_id(id_, kind, variant, extra)
        problems += self._edition_problems(part, of) + self._taken(part, self._displays, name)
        return problems + self._checks.texts(part, texts, self._values)

    def _edition_problems(self, part: str, released: Released) -> list[SourceProblem]:
        return self._checks.audience(part, released, self._study.audience, self._study.evidence)

    def _taken(self, part: str, register: Iterable[str], name: str) -> list[SourceProblem]:
        """Refuse a name that is taken; by hand, running a cell again replaces what it had registered."""
        if name not in register:
            return []
        before, now = self._cells[part].order, current_cell().order
        if not self._by_build and now is not None and now != before:
            return []
        rule = "this notebook has registered it already"
        way_out = "Give one of the two another name; two forms of one display are told apart by variant=…"
        return [self._checks.problem(part, name, rule, way_out)]

    def _plain(self, part: str, frame: pd.DataFrame, markdown: str, shown: int) -> list[list[str]]:
        """Return the cells as plain text; pandoc must read the very table that was meant."""
        try:
            return plain_rows(frame, markdown, shown)
        except ValueError as error:
            rule = f"as Markdown the table is not read as it was meant ({error})"
            way_out = "Look for a cell with an unclosed backtick, dollar sign, bracket or tag."
            raise PublishingError(self._checks.problem(part, None, rule, way_out)) from error

    def _snippets(self, display: Display, for_paper: str, for_slide: str) -> dict[str, str]:
        """Return the snippet files; a variant made for slides takes the place of the display's own form."""
        own, slide = f"snippets/{display.label}.md", f"snippets/{display.label}-{SLIDE}.md"
        if display.variant == SLIDE:
            name = qualified_display(self._run, display.id)
            main = self._displays.get(name)
            if main is not None and own in main["files"]:
                main["files"].remove(own)
                self._records.keep("displays", name, main)
            return {own: for_slide}
        if f"{display.name}-{SLIDE}" in self._displays:
            return {own: for_paper}
        return {own: for_paper, slide: for_slide}

    def _save(
        self, display: Display, texts: dict[str, str], of: Released, files: dict[str, str | bytes]
    ) -> None:
        self._records.save(files)
        record = {
            **asdict(display),
            "label": display.label,
            "files": sorted(files),
            "values": [
                value.name
                for name, value in sorted(self._values.items())
                if f"{{{name}}}" in "".join(texts.values())
            ],
        }
        self._displays[display.name] = record
        self._records.keep("displays", display.name, record)
        self._keep_origin(f"{display.kind} {display.name}", of)

    def _keep_origin(self, part: str, released: Released) -> None:
        self._cells[part] = current_cell()
        if released.disclosed:  # many results are registered of one that is released
            known = self._counts.get(id(released)) or (released, disclosure_json(released.disclosed))
            self._counts[id(released)] = known
            self._records.keep_json("disclosure", part, known[1])
        inputs = {table: self._hashes.get(table) for table in released.inputs}
        self._records.keep_origin(part, asdict(self._cells[part]), inputs)


def _mark(released: Released) -> str | None:
    return SYNTHETIC if released.synthetic else None


def _plain_number(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
