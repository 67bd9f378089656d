"""The committed data dictionary says what the schemas say."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from twinbenefits.evidence.case_rules import RULES
from twinbenefits.evidence.dictionary import COMMAND, data_package, readme
from twinbenefits.evidence.files import write_if_changed
from twinbenefits.evidence.layout import Layout
from twinbenefits.evidence.schema import TABLES, models


@pytest.mark.parametrize(("name", "make"), [("README.md", readme), ("datapackage.json", data_package)])
def test_the_committed_description_has_not_drifted(root: Path, name: str, make: object) -> None:
    assert (root / "data" / name).read_text("utf-8") == make(Layout(root)), f"run {COMMAND}"  # type: ignore[operator]


def test_every_table_has_a_model_and_every_model_a_table() -> None:
    assert {*models()} == {*TABLES}


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_described(name: str) -> None:
    for column, schema in TABLES[name].model.to_schema().columns.items():
        assert schema.description, column
        assert schema.description.endswith("."), column
        assert schema.metadata is not None
        if any(check.name == "str_matches" for check in schema.checks):
            assert schema.metadata["looks_like"], column


@pytest.mark.parametrize("name", TABLES)
def test_keys_and_references_name_columns_that_exist(name: str) -> None:
    table = TABLES[name]
    columns = {*table.model.to_schema().columns}
    assert {*table.key} <= columns
    for reference in table.references:
        assert reference.column in columns
        assert reference.when is None or reference.when[0] in columns
        for target, column in reference.targets:
            assert column in TABLES[target].model.to_schema().columns


@pytest.mark.parametrize("name", TABLES)
def test_the_package_describes_the_files_as_they_are(root: Path, name: str) -> None:
    package = json.loads((root / "data/datapackage.json").read_text("utf-8"))
    resource = next(resource for resource in package["resources"] if resource["name"] == name)
    frame = pd.read_csv(root / "data" / resource["path"], dtype=str, keep_default_na=False)
    fields = {field["name"]: field for field in resource["schema"]["fields"]}
    assert sorted(fields) == sorted(frame.columns)
    for column, field in fields.items():
        limits = field.get("constraints", {})
        filled = frame[column][frame[column] != ""]
        assert not limits.get("required") or len(filled) == len(frame)
        assert "enum" not in limits or {*filled} <= {*limits["enum"]}
        assert "pattern" not in limits or filled.str.strip().str.fullmatch(limits["pattern"]).all()
    assert not frame.duplicated(resource["schema"]["primaryKey"]).any()
    for foreign in resource["schema"].get("foreignKeys", []):
        target = foreign["reference"]["resource"] or name
        path = TABLES[target].file(Layout(root), "demo")
        keys = pd.read_csv(path, dtype=str)[foreign["reference"]["fields"]]
        assert {*frame[foreign["fields"]]} - {""} <= {*keys}


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "folder/a.txt"
    assert write_if_changed(path, "one\n") is True
    stamp = path.stat().st_mtime_ns
    assert write_if_changed(path, "one\n") is False
    assert path.stat().st_mtime_ns == stamp

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        write_if_changed(path, "two\n")
    assert path.read_text("utf-8") == "one\n"
    assert [file.name for file in path.parent.iterdir()] == ["a.txt"]


def test_every_rule_between_tables_is_told(root: Path) -> None:
    text = (root / "data/README.md").read_text("utf-8")
    for rule in RULES:
        assert rule.says.startswith("Hold ")
        assert f"- {rule.says.removeprefix('Hold ')}\n" in text
        assert "{" not in rule.says
