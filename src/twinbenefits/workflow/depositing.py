"""Put together the bundle that is deposited: files, documents, released rows, what is left out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from twinbenefits import __version__
from twinbenefits.evidence.facts import read_facts
from twinbenefits.publishing.atomic import write_bytes
from twinbenefits.publishing.bundle import CRATE, WITHHELD, BundleError, bundle_bytes, crate, withheld_list
from twinbenefits.publishing.manifest import MANIFEST
from twinbenefits.publishing.replicators_sections import README
from twinbenefits.workflow.files import files_below
from twinbenefits.workflow.reproduction.expected import EXPECTED
from twinbenefits.workflow.reproduction.running import tracked_files
from twinbenefits.workflow.settings import Settings

NEVER = ("forbidden.txt", "key", "import_mapping.csv")
"""Files of the private folder that say who is who; not even their digests leave it."""
RELEASED = "data/released"
SAID = "confidential: used under agreements with participants and companies, which do not permit sharing it"


def make_bundle(settings: Settings, target: Path, *, demonstration: bool) -> list[str]:
    """Write the bundle of one edition.

    Parameters
    ----------
    settings
        Which edition; its documents must have been built.
    target
        The zip file to write.
    demonstration
        Whether a bundle of demonstration evidence is wanted.

    Returns
    -------
    list of str
        The files in it.

    Raises
    ------
    BundleError
        If demonstration evidence would be deposited unasked, or documents or published results are missing.
    EvidenceError
        If the scan finds something that may not leave the house.
    """
    if settings.evidence == "demo" and not demonstration:
        raise BundleError(
            "The evidence of this edition is invented, so it must not be deposited as a study's. For a "
            "trial or "
            "for teaching, name --demonstration; for the study itself: EVIDENCE=private."
        )
    layout = settings.layout
    missing = [name for name in (EXPECTED, README) if not (settings.root / name).is_file()]
    if missing:
        raise BundleError(
            f"{' and '.join(missing)} must be part of a deposit. Write them with `twinbenefits "
            f"publish-results`."
        )
    if not (settings.output / MANIFEST).is_file():
        raise BundleError(
            f"{layout.shown(settings.output)}/ holds no documents. Build them first: make paper "
            f"AUDIENCE={settings.audience} EVIDENCE={settings.evidence}"
        )
    facts = read_facts(layout)
    day: date = date.fromisoformat(settings.as_of) if settings.as_of else facts["as_of"]
    files = {name: (settings.root / name).read_bytes() for name in tracked_files(settings.root)}
    files["README-replicators.md"] = (
        files[README] if README in files else (settings.root / README).read_bytes()
    )
    for path in files_below(settings.output):
        files[f"published/{path.relative_to(settings.output).as_posix()}"] = path.read_bytes()
    files |= _released(settings)
    files[WITHHELD] = _withheld(settings)
    _scan(settings, files)
    files[CRATE] = crate(facts, files, day, __version__)
    write_bytes(target, bundle_bytes(files, day))
    return sorted(files)


def _released(settings: Settings) -> dict[str, bytes]:
    """Return the private rows that release permits this audience; only reviewers ever get any."""
    if settings.evidence != "private" or settings.audience != "reviewers":
        return {}
    from twinbenefits.evidence.schema import TABLES
    from twinbenefits.evidence.study import Study

    names = [
        name
        for name, table in TABLES.items()
        if table.holds_case_evidence and table.file(settings.layout, "private").is_file()
    ]
    study = Study.open(settings.root, "private", "reviewers", names)
    return {
        f"{RELEASED}/{name}.csv": study.table(name).to_csv(index=False, lineterminator="\n").encode()
        for name in names
    }


def _withheld(settings: Settings) -> bytes:
    """Return the list of what is left out: the private files by keyed digest, without their names."""
    private = settings.layout.private
    if settings.evidence != "private" or not private.is_dir():
        return withheld_list([])
    from twinbenefits.evidence.keys import open_key

    key = open_key(settings.layout, "private")
    entries = [
        {
            "hmac_sha256": key.digest(path.read_bytes()),
            "kind": path.suffix.lstrip(".") or "file",
            "reason": SAID,
        }
        for path in files_below(private)
        if path.name not in NEVER and not path.name.startswith(".")
    ]
    return withheld_list(sorted(entries, key=lambda entry: entry["hmac_sha256"]))


def _scan(settings: Settings, files: dict[str, bytes]) -> None:
    """Look through everything for forbidden words and places of this machine, before a byte is written."""
    from twinbenefits.publishing.scan import refuse, scan_data
    from twinbenefits.workflow.scanning import words_looked_for

    words = words_looked_for(settings)
    read = {name: data for name, data in files.items() if name.rpartition(".")[2] in _READ}
    hits = [hit for name, data in read.items() for hit in scan_data(name, data, words)]
    refuse(hits, name_words=False)


_READ = (
    "bib", "cff", "csv", "docx", "html", "ipynb", "json", "md", "pdf", "png", "pptx", "py",
    "qmd", "svg", "txt", "yml",
)  # fmt: skip


def bundle_name(audience: str, *, demonstration: bool) -> str:
    """Return what a bundle is called."""
    slug = "".join(letter if letter.isalnum() else "-" for letter in audience)
    return f"twinbenefits-{__version__}-{slug}{'-demonstration' if demonstration else ''}.zip"
