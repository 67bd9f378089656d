"""The sections of a README for replicators, in the order that the Social Science Data Editors ask for.

Source: the template README of the Social Science Data Editors, DOI 10.5281/zenodo.4319999.
"""

from __future__ import annotations

__all__ = ["README", "SECTIONS"]

README = "reproduction/README.md"
"""Where it stands in the compendium and in a deposited bundle."""

SECTIONS = (
    "Overview",
    "Data Availability and Provenance Statements",
    "Dataset list",
    "Computational requirements",
    "Description of programs/code",
    "Instructions to Replicators",
    "List of tables and programs",
    "References",
)
