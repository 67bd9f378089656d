"""The catalogue of tables: which there are, where they stand and what holds between them.

The columns of each table are pandera models in the `schema_*` modules: the data dictionary. They are
imported only when a table is validated or described, because importing pandera takes a third of a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from twinbenefits.evidence.catalogue_case import CASE
from twinbenefits.evidence.catalogue_literature import LITERATURE
from twinbenefits.evidence.catalogue_study import STUDY
from twinbenefits.evidence.catalogue_workshop import WORKSHOP
from twinbenefits.evidence.table import CASE_GROUPS, Group, Reference, Table, models

__all__ = ["CASE_GROUPS", "TABLES", "Group", "Reference", "Table", "models"]

TABLES: Mapping[str, Table] = MappingProxyType(
    {table.name: table for table in (*LITERATURE, *STUDY, *CASE, *WORKSHOP)}
)
"""Every table of the compendium by name."""
