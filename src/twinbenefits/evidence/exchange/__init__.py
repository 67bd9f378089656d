"""Exchange with programs for qualitative analysis, spreadsheets and reference managers.

>>> from twinbenefits.evidence.exchange import read_project
"""

from twinbenefits.evidence.exchange.recognising import read_project

__all__ = ["read_project"]
