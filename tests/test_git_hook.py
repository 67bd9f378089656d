"""What git may track: the check itself, the hook that runs it at each commit, and notebooks shown by cell."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from twinbenefits.workflow.tracked_notebooks import (
    check_evidence,
    check_notebook,
    check_private,
    check_repository,
)

NAME = "notebooks/01_example.ipynb"
PARAMETERS = '# Which evidence\nevidence = "demo"\n# For whom\naudience = "public"'
HOOK_FILES = (
    "tools/install_git_hook.py",
    "tools/pre_commit.sh",
    "src/twinbenefits/workflow/tracked_notebooks.py",
    ".gitattributes",
)


def code_cell(
    source: str, count: int | None, *outputs: dict[str, Any], tags: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": f"cell-{count}",
        "metadata": {"tags": list(tags)} if tags else {},
        "execution_count": count,
        "outputs": list(outputs),
        "source": source,
    }


def shown(text: str, kind: str = "text/plain") -> dict[str, Any]:
    return {"output_type": "display_data", "data": {kind: text}, "metadata": {}}


def example(*cells: dict[str, Any], parameters: str = PARAMETERS, kernel: str = "python3") -> dict[str, Any]:
    return {
        "cells": [
            {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Example"},
            code_cell(parameters, 1, tags=("parameters",)),
            *(cells or (code_cell("1 + 1", 2, shown("2")),)),
        ],
        "metadata": {
            "kernelspec": {"name": kernel, "display_name": "Python 3 (ipykernel)", "language": "python"}
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def problems_of(notebook: dict[str, Any], root: Path | None = None) -> str:
    return "\n".join(map(str, check_notebook(NAME, json.dumps(notebook), root)))


def test_a_notebook_with_the_outputs_of_its_defaults_is_accepted() -> None:
    assert problems_of(example()) == ""


@pytest.mark.parametrize(
    ("notebook", "place", "says"),
    [
        (example(parameters='evidence = "private"\naudience = "public"'), "cell 2", "evidence = 'private'"),
        (example(parameters='evidence = "demo"\naudience = "team"'), "cell 2", "audience = 'team'"),
        (example(parameters='evidence = "demo"'), "cell 2", "audience is missing"),
        (
            example(parameters='evidence = "de" + "mo"\naudience = "public"'),
            "cell 2",
            "evidence = \"'de' + 'mo'\"",
        ),
        (
            example(code_cell("audience = 1", 2, tags=("parameters",))),
            "the notebook",
            "exactly one code cell tagged `parameters` (2 found)",
        ),
        (
            example(code_cell('evidence = "private"', 2, tags=("injected-parameters",))),
            "cell 3",
            "parameters that a build or a private session put there",
        ),
        (
            example(
                code_cell("1/0", 2, {"output_type": "error", "ename": "ZeroDivisionError", "traceback": []})
            ),
            "cell 3",
            "the committed output is an error (ZeroDivisionError)",
        ),
        (example(code_cell("path", 2, shown("'/home/ana/study'"))), "cell 3", "(/home/ana/study)"),
        (example(code_cell("path", 2, shown("C:\\Users\\ana\\study"))), "cell 3", "(C:\\Users\\ana\\study)"),
        (
            example(
                code_cell(
                    "print(path)", 2, {"output_type": "stream", "name": "stdout", "text": ["/tmp/x1/a.csv"]}
                )
            ),
            "cell 3",
            "(/tmp/x1/a.csv)",
        ),
        (example(code_cell("thing", 2, shown("<Thing at 0x7f3a5c1d2e80>"))), "cell 3", "(at 0x7f3a5c1d2e80)"),
        (
            example(code_cell("f()", 2, {"output_type": "stream", "name": "stderr", "text": "A warning"})),
            "cell 3",
            "the output holds a warning or a passing note (A warning)",
        ),
        (example(code_cell("1 + 1", 7, shown("2"))), "cell 3", "(run as number 7)"),
        (example(code_cell("1 + 1", None)), "cell 3", "(not run)"),
        (example(kernel="my-other-kernel"), "metadata", "the kernel must be python3"),
    ],
)
def test_what_is_not_demo_and_public_is_refused_with_its_place_and_a_way_out(
    notebook: dict[str, Any], place: str, says: str
) -> None:
    (line,) = problems_of(notebook).splitlines()
    assert line.startswith(f"{NAME}, {place}: ")
    assert says in line
    assert "make notebooks" in line or "Cell tags" in line


def test_all_problems_are_reported_at_once() -> None:
    notebook = example(
        code_cell("path", 5, shown("/home/somebody/a")),
        parameters='evidence = "private"\naudience = "team"',
        kernel="other",
    )
    notebook["metadata"]["papermill"] = {"start_time": "now"}
    assert len(problems_of(notebook).splitlines()) == 6


def test_a_parameters_cell_that_is_no_python_says_what_is_missing() -> None:
    evidence, audience = problems_of(example(parameters="evidence = (")).splitlines()
    assert "evidence is missing" in evidence
    assert "audience is missing" in audience


def test_a_build_writes_its_notes_nowhere_git_sees_them() -> None:
    notebook = example()
    notebook["cells"][1]["metadata"]["papermill"] = {"duration": 0.1}
    assert "cell 2: a build's own notes (times, status) must not be kept" in problems_of(notebook)


def test_addresses_and_words_that_only_look_like_paths_are_accepted() -> None:
    text = "see https://example.org/home/page, and/or data/home/x.csv, 5/tmp"
    assert problems_of(example(code_cell("text", 2, shown(text)))) == ""


def test_the_projects_own_folder_is_a_place_on_one_machine_too(tmp_path: Path) -> None:
    notebook = example(code_cell("path", 2, shown("/app/study/results")))
    assert problems_of(notebook, Path("/app/study")) != ""
    assert problems_of(notebook, Path("/app/studies")) == ""


def test_an_empty_cell_counts_for_nothing_and_an_image_is_not_read() -> None:
    notebook = example(code_cell("", None), code_cell("figure", 2, shown("/home/ana/x", "image/png")))
    assert problems_of(notebook) == ""


@pytest.mark.parametrize(
    "text", ["", "<<<<<<< ours\n{}", "[]", '{"cells": 3, "metadata": {}}', '{"nbformat": 3}']
)
def test_what_is_no_notebook_is_refused_by_name(text: str) -> None:
    (problem,) = check_notebook(NAME, text)
    assert "is not a notebook of format 4" in str(problem)
    assert "git checkout" in str(problem)


def test_private_places_are_known_wherever_results_may_stand() -> None:
    files = ["data/private/cases.csv", "_output/private/team/paper/index.html", "results/private/team/a.json"]
    assert [
        problem.file for problem in check_private([*files, "data/demo/cases.csv", "data/private.md"])
    ] == files


def test_every_tracked_notebook_of_this_project_is_demo_and_public(root: Path) -> None:
    if not (root / ".git").exists():
        pytest.skip("this is no git clone, so nothing is tracked")
    problems = check_repository(root, staged=False)
    assert not problems, "\n".join(map(str, problems))


TALK = "\n".join(
    f"{speaker}: {said}"
    for speaker, said in [
        ("Interviewer", "How did it begin?"),
        ("P3", "With one pump, and then all of them."),
    ]
    * 4
)


def word_file(text: str) -> bytes:
    from docx import Document

    document = Document()
    for line in text.splitlines():
        document.add_paragraph(line)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("file", "data", "says"),
    [
        ("notes/interview.txt", TALK.encode(), "looks like a transcript (8 turns of speakers)"),
        ("docs/k3.md", TALK.replace("P3:", "[00:12:40] P3:").encode(), "looks like a transcript"),
        ("k3.txt", TALK.replace("P3:", "Anna Virtanen (0:41):").encode(), "looks like a transcript"),
        ("paper/k3.docx", word_file(TALK), "looks like a transcript"),
        ("project.qdpx", b"PK", "project files of coding programs"),
        ("data/coding.xlsx", b"PK", "project files of coding programs"),
        ("data/cases.csv", b"case,synthetic\nK1,false\n", "rows of real evidence"),
        ("cases.csv", "\ufeffcase;synthetic\r\nK1;False\r\n".encode(), "rows of real evidence"),
    ],
)
def test_what_resembles_real_evidence_is_refused_outside_the_private_folder(
    file: str, data: bytes, says: str
) -> None:
    (problem,) = check_evidence(file, data)
    assert says in str(problem)
    assert f"git rm --cached -- '{file}'" in str(problem)
    assert not check_evidence(f"data/demo/{file}", data)
    assert not check_evidence(f"tests/data/{file}", data)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("README.md", "Note: this.\nSee: that.\nAlso: more.\nOr: less.\nThen: go.\nAnd: stop.\n"),
        ("notes.txt", "Interviewer: what?\nP1: this.\n" + "A paragraph of prose.\n" * 30),
        ("data/study/cases.csv", "case,synthetic\nK1,true\n"),
        ("data/study/scales.csv", "scale,kind\nA,false\n"),
        ("broken.docx", "not a zip file"),
    ],
)
def test_lists_prose_and_invented_rows_are_no_transcript(file: str, text: str) -> None:
    assert not check_evidence(file, text.encode())


# --- the hook, in real clones ----------------------------------------------------------------------------


def git(folder: Path, *arguments: str, ok: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **{f"GIT_{role}_NAME": "Test" for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_EMAIL": "test@example.org" for role in ("AUTHOR", "COMMITTER")},
    }
    outcome = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert not ok or outcome.returncode == 0, outcome.stderr
    return outcome


def install(folder: Path) -> str:
    outcome = subprocess.run(
        [sys.executable, "tools/install_git_hook.py"], cwd=folder, capture_output=True, text=True, check=True
    )
    return outcome.stdout


@pytest.fixture
def clone(tmp_path: Path, root: Path) -> Path:
    """A small clone in a folder with a space, with the files the hook needs."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    folder = tmp_path / "a clone"
    for name in HOOK_FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, folder / name)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "Start")
    return folder


def write_notebook(folder: Path, notebook: dict[str, Any]) -> None:
    (folder / NAME).parent.mkdir(exist_ok=True)
    (folder / NAME).write_text(json.dumps(notebook, indent=1) + "\n", "utf-8")


def test_the_hook_refuses_private_evidence_even_when_it_is_forced_in(clone: Path) -> None:
    assert install(clone) == ""
    (clone / "data/private").mkdir(parents=True)
    (clone / "data/private/cases.csv").write_text("case_id\n", "utf-8")
    git(clone, "add", "-f", "data/private/cases.csv")
    refused = git(clone, "commit", "-m", "Add cases", ok=False)
    assert refused.returncode == 1
    assert "data/private/cases.csv" in refused.stderr
    way_out = "git rm --cached -- 'data/private/cases.csv'"
    assert way_out in refused.stderr
    git(clone, *way_out.replace("'", "").split()[1:])
    assert (clone / "data/private/cases.csv").exists()


def test_the_hook_refuses_a_transcript_under_any_name(clone: Path) -> None:
    install(clone)
    (clone / "remarks.txt").write_text(TALK, "utf-8")
    git(clone, "add", "remarks.txt")
    refused = git(clone, "commit", "-m", "Add remarks", ok=False)
    assert refused.returncode == 1
    assert "remarks.txt, the file: the text looks like a transcript" in refused.stderr


def test_the_hook_judges_what_is_staged_and_not_what_lies_in_the_folder(clone: Path) -> None:
    install(clone)
    write_notebook(clone, example(code_cell("path", 2, shown("/home/ana/x"))))
    git(clone, "add", NAME)
    write_notebook(clone, example())
    assert git(clone, "commit", "-m", "Add", ok=False).returncode == 1
    git(clone, "add", NAME)
    git(clone, "commit", "-q", "-m", "Add")
    write_notebook(clone, example(kernel="other"))
    git(clone, "commit", "-q", "--allow-empty", "-m", "Nothing staged")
    assert git(clone, "commit", "-a", "-m", "With everything", ok=False).returncode == 1


def test_a_file_already_tracked_may_be_deleted(clone: Path) -> None:
    write_notebook(clone, example(kernel="other"))
    git(clone, "add", NAME)
    git(clone, "commit", "-q", "-m", "Before the hook")
    install(clone)
    git(clone, "rm", "-q", NAME)
    git(clone, "commit", "-q", "-m", "Delete it")


def test_the_hook_works_in_a_worktree_without_an_environment_of_its_own(clone: Path, tmp_path: Path) -> None:
    install(clone)
    git(clone, "worktree", "add", "-q", str(tmp_path / "a worktree"), "-b", "side")
    worktree = tmp_path / "a worktree"
    write_notebook(worktree, example(kernel="other"))
    git(worktree, "add", NAME)
    refused = git(worktree, "commit", "-m", "Add", ok=False)
    assert refused.returncode == 1
    assert "the kernel must be python3" in refused.stderr
    assert install(worktree) == ""
    write_notebook(worktree, example())
    git(worktree, "add", NAME)
    git(worktree, "commit", "-q", "-m", "Add")


def test_an_older_version_without_the_check_can_still_be_committed_to(clone: Path) -> None:
    install(clone)
    git(clone, "rm", "-q", "-r", "tools", "src")
    git(clone, "commit", "-q", "-m", "As it was before the check")


def test_installing_twice_changes_nothing(clone: Path) -> None:
    install(clone)
    files = [clone / ".git/hooks/pre-commit", clone / ".git/config"]
    before = [file.read_bytes() for file in files]
    assert install(clone) == ""
    assert [file.read_bytes() for file in files] == before
    assert os.access(files[0], os.X_OK)


def test_somebodys_own_hook_stays_and_the_line_to_add_is_said_and_works(clone: Path) -> None:
    own = clone / ".git/hooks/pre-commit"
    own.parent.mkdir(exist_ok=True)
    own.write_text("#!/bin/sh\necho mine >&2\n", "utf-8")
    own.chmod(0o755)
    said = install(clone)
    assert own.read_text("utf-8") == "#!/bin/sh\necho mine >&2\n"
    assert "your own hook and stays" in said
    line = said.rstrip().splitlines()[-1].strip()
    own.write_text(f"#!/bin/sh\necho mine >&2\n{line}\n", "utf-8")
    write_notebook(clone, example(kernel="other"))
    git(clone, "add", NAME)
    refused = git(clone, "commit", "-m", "Add", ok=False)
    assert refused.returncode == 1
    assert "mine" in refused.stderr
    assert install(clone) == ""


def test_a_hooks_folder_shared_with_other_projects_is_not_written_to(clone: Path, tmp_path: Path) -> None:
    shared = tmp_path / "my hooks"
    shared.mkdir()
    git(clone, "config", "core.hooksPath", str(shared))
    said = install(clone)
    assert "for other projects too" in said
    assert list(shared.iterdir()) == []


def test_without_a_clone_nothing_happens(tmp_path: Path, root: Path) -> None:
    (tmp_path / "tools").mkdir()
    shutil.copy2(root / "tools/install_git_hook.py", tmp_path / "tools")
    assert install(tmp_path) == ""
    assert [path.name for path in tmp_path.iterdir()] == ["tools"]
    (tmp_path / ".git").write_text("gitdir: nowhere\n", "utf-8")
    assert "The build does not need it" in install(tmp_path)


def test_the_users_own_settings_for_notebooks_are_kept(clone: Path) -> None:
    git(clone, "config", "diff.jupyternotebook.command", "my-own-differ")
    assert "diff.jupyternotebook.command" in install(clone)
    assert git(clone, "config", "diff.jupyternotebook.command").stdout == "my-own-differ\n"


# --- notebooks by cell -----------------------------------------------------------------------------------


def two_versions(clone: Path) -> None:
    write_notebook(clone, example())
    git(clone, "add", NAME)
    git(clone, "commit", "-q", "-m", "Add")
    write_notebook(clone, example(code_cell("2 + 2", 2, shown("4"))))


def test_a_change_is_shown_by_cell(clone: Path) -> None:
    install(clone)
    two_versions(clone)
    difference = git(clone, "diff", "--no-color").stdout
    assert "## modified /cells/2/source" in difference
    assert '"source"' not in difference


def test_without_nbdime_a_change_is_shown_as_text(clone: Path) -> None:
    install(clone)
    settings = clone / ".git/config"
    program = Path(sys.executable).parent / "git-nb"
    assert str(program) in settings.read_text("utf-8")
    settings.write_text(settings.read_text("utf-8").replace(str(program), "/nowhere/git-nb"), "utf-8")
    two_versions(clone)
    assert '+   "source": "2 + 2"' in git(clone, "diff", "--no-color").stdout


@pytest.mark.parametrize("with_nbdime", [True, False])
def test_changes_to_different_cells_merge_and_changes_to_one_cell_conflict(
    clone: Path, with_nbdime: bool
) -> None:
    install(clone)
    if not with_nbdime:
        settings = clone / ".git/config"
        program = str(Path(sys.executable).parent / "git-nb")
        settings.write_text(settings.read_text("utf-8").replace(program, "/nowhere/git-nb"), "utf-8")

    def version(third: str, fifth: str) -> dict[str, Any]:
        middle = {"cell_type": "markdown", "id": "middle", "metadata": {}, "source": "\n".join("abcdefghij")}
        return example(code_cell(third, 2), middle, code_cell(fifth, 3))

    def commit(branch: str, notebook: dict[str, Any]) -> None:
        write_notebook(clone, notebook)
        git(clone, "add", NAME)
        git(clone, "commit", "-q", "-m", branch)

    commit("base", version("1 + 1", "3 + 3"))
    git(clone, "checkout", "-q", "-b", "theirs")
    commit("theirs", version("1 + 1", "3 + 4"))
    git(clone, "checkout", "-q", "main")
    commit("ours", version("1 + 2", "3 + 3"))
    git(clone, "merge", "-q", "--no-edit", "theirs")
    merged = json.loads((clone / NAME).read_text("utf-8"))
    assert ["".join(cell["source"]) for cell in merged["cells"][2::2]] == ["1 + 2", "3 + 4"]

    git(clone, "checkout", "-q", "theirs")
    commit("theirs again", version("1 + 9", "3 + 4"))
    git(clone, "checkout", "-q", "main")
    assert git(clone, "merge", "-q", "--no-edit", "theirs", ok=False).returncode == 1


def test_line_ends_and_differences_are_set_for_each_kind_of_file(clone: Path) -> None:
    def attributes(name: str) -> dict[str, str]:
        said = git(clone, "check-attr", "text", "eol", "diff", "merge", "--", name).stdout
        return dict(line.split(": ")[1:] for line in said.splitlines())

    notebook = {"text": "set", "eol": "lf", "diff": "jupyternotebook", "merge": "jupyternotebook"}
    assert attributes(NAME) == notebook
    assert attributes("data/literature/effects.csv")["eol"] == "lf"
    assert attributes("requirements-dev.lock")["diff"] == "unset"
    assert attributes("tests/evidence/data/crlf.csv")["text"] == "unset"
    assert attributes("paper/figure.png")["text"] == "unset"
