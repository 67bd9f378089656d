"""What the data are: the cases, the sessions by kind, and the course of the research."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from twinbenefits.analysis.case_cells import pooled_basis, with_basis
from twinbenefits.analysis.result import Result, Scalar
from twinbenefits.evidence.cells import Cells
from twinbenefits.evidence.disclosure import ALL

__all__ = ["case_profiles", "data_inventory", "research_process"]

_PROFILE = ("vertical", "size_band", "twin_level", "roles", "informants", "sessions", "documents")
_INVENTORY = ("number", "companies", "minutes", "first", "last", "informants", "roles")
_DOCUMENT = "document"
_HALVES = {"first": ("01-01", "06-30"), "second": ("07-01", "12-31")}


def case_profiles(
    cases: pd.DataFrame,
    participants: pd.DataFrame,
    sessions: pd.DataFrame,
    sources: pd.DataFrame,
    segments: pd.DataFrame,
) -> Result:
    """Return one row per case: what the company is, in bands, and who was heard in it.

    Only what the informants let stand in a statement about their company is counted: sources from which at
    least one segment may enter one.

    Parameters
    ----------
    cases, participants, sessions, sources, segments
        The tables of these names, as the audience may hold them.

    Returns
    -------
    Result
        table: case, vertical, size_band, twin_level, roles, informants, sessions, documents. A row needs the
        company's permission for naming its vertical.
    """
    heard = _heard(sessions, sources)
    about = (
        segments["about_case"].astype(bool) if "about_case" in segments else pd.Series(True, segments.index)
    )
    heard = heard[heard["source"].isin(segments.loc[about, "source"])]
    known = (
        participants.set_index("participant")["role_group"] if len(participants) else pd.Series(dtype=object)
    )
    rows = []
    for row in cases.to_dict("records"):
        mine = heard[heard["case"] == row["case"]]
        roles = sorted({str(known[who]) for who in mine["speaker"] if who in known.index})
        rows.append(
            {
                "case": row["case"],
                **{name: _text(row.get(name)) for name in ("vertical", "size_band", "twin_level")},
                "roles": "; ".join(roles),
                "informants": mine.loc[mine["speaker"] != "", "speaker"].nunique(),
                "sessions": mine.loc[mine["session"] != "", "session"].nunique(),
                "documents": mine.loc[mine["session"] == "", "source"].nunique(),
            }
        )
    table = with_basis(pd.DataFrame(rows, columns=["case", *_PROFILE]), heard, ["case"])
    scalars = {"cases": Scalar(len(cases), unit="cases", basis=pooled_basis(_heard(sessions, sources)))}
    notes = ("Sessions and informants are counted where consent covers a statement about the company.",)
    cells = Cells(
        ("case",),
        _PROFILE,
        "case",
        "vertical",
        {"sessions": "sessions", "informants": "informants"},
        "about the case",
    )
    inputs = ("cases", "participants", "sessions", "sources", "segments")
    return Result(table, inputs, scalars=scalars, limitations=notes, cells=cells)


def data_inventory(participants: pd.DataFrame, sessions: pd.DataFrame, sources: pd.DataFrame) -> Result:
    """Return the sessions and documents by kind: how many, how long, when, and who was heard.

    Parameters
    ----------
    participants, sessions, sources
        The tables of these names, as the audience may hold them. A session none of whose sources may be
        counted is left out.

    Returns
    -------
    Result
        table: kind (a kind of session, ``document``, or ``"*"`` for all), number, companies, minutes, first
        and last (quarter of a year), informants, roles. Scalars: ``sessions``, ``documents``, ``informants``,
        ``minutes``, ``roles_heard``, ``minutes_median``, and with the name of each kind ``sessions_<kind>``.
    """
    heard = _heard(sessions, sources)
    known = (
        participants.set_index("participant")["role_group"] if len(participants) else pd.Series(dtype=object)
    )
    kinds = [*dict.fromkeys(heard["kind"].sort_values())]
    rows = [{"kind": kind, **_described(heard[heard["kind"] == kind], known)} for kind in kinds]
    rows.append({"kind": ALL, **_described(heard, known)})
    every = pd.concat([heard, heard.assign(kind=ALL)], ignore_index=True)
    table = with_basis(pd.DataFrame(rows, columns=["kind", *_INVENTORY]), every, ["kind"])
    counts = {"number": "sessions and documents", "minutes": "minutes"}
    notes = () if len(heard) else ("There is no session and no document that may be counted.",)
    totals = _totals(heard, known, kinds)
    return Result(
        table, ("participants", "sessions", "sources"), scalars=totals, limitations=notes,
        cells=Cells(("kind",), _INVENTORY, counts=counts, population="that may be counted"),
    )  # fmt: skip


def research_process(
    *,
    sessions: pd.DataFrame,
    sources: pd.DataFrame,
    assignments: pd.DataFrame,
    segments: pd.DataFrame,
    events: pd.DataFrame,
    voters: pd.DataFrame,
    facts: Mapping[str, Any],
) -> Result:
    """Return the rounds of data and analysis with their dates, as planned and as held.

    Parameters
    ----------
    sessions, sources, assignments, segments, events, voters
        The tables of these names, as the audience may hold them.
    facts
        `data_collection` of the study's facts: years of data collection, workshops planned by year, and when
        findings are due.

    Returns
    -------
    Result
        table: lane, part (planned or held), activity, start, end (days; of what was held, the quarter they
        fall in), number. Days of sessions are given by quarter for every audience.
    """
    heard = _heard(sessions, sources)
    rows = [*_planned(facts)]
    evidence = [pd.DataFrame(columns=[*heard.columns, "activity"])]
    for kind, mine in heard.groupby("kind", sort=True):
        dated = mine[mine["date"].notna()]
        if len(dated):
            rows.append(_held("data", str(kind), dated["date"], mine["unit"].nunique()))
            evidence.append(mine.assign(activity=kind))
    rows += _analysis(assignments, segments, sources, evidence)
    for event in events.sort_values("held_on").to_dict("records"):
        rows.append(
            _held("workshops", f"workshop {event['event']}", pd.Series([event["held_on"]]), 1, quarter=False)
        )
        evidence.append(_those_present(str(event["event"]), voters))
    columns = ["lane", "part", "activity", "start", "end", "number"]
    table = with_basis(
        pd.DataFrame(rows, columns=columns), pd.concat(evidence, ignore_index=True), ["activity"]
    )
    cells = Cells(("part", "activity"), ("lane", "start", "end", "number"))
    notes = (
        "What was planned is in the study's own words; what was held is dated by the quarter of a year.",
    )
    inputs = ("sessions", "sources", "assignments", "segments", "events", "voters")
    held = table[table["part"] == "held"]
    scalars = {
        "workshops_held": Scalar(len(events), unit="workshops", basis=pooled_basis(evidence[-1])),
        "rounds_held": Scalar(len(held), unit="rounds", basis=pooled_basis(heard)),
    }
    return Result(table, inputs, scalars=scalars, limitations=notes, cells=cells)


def quarter(day: object) -> str:
    """Return the quarter of a day as readers write it.

    Examples
    --------
    >>> quarter(pd.Timestamp("2025-05-07"))
    '2025 Q2'
    """
    stamp = pd.Timestamp(str(day)) if not isinstance(day, pd.Timestamp) else day
    return "" if pd.isna(stamp) else f"{stamp.year} Q{stamp.quarter}"


def _heard(sessions: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Return one row per source and person heard in it (empty for none), with what is known of both."""
    of = sources[["source", "case", "session", "consent_level"]].copy()
    of["session"] = of["session"].fillna("").astype(str).astype(object)
    held = sessions[["session", "kind", "date", "minutes", "participants"]].astype({"session": object})
    rows = of.merge(held, on="session", how="left")
    rows["kind"] = rows["kind"].fillna(_DOCUMENT).astype(object)
    rows["unit"] = rows["session"].where(rows["session"] != "", rows["source"])
    rows["speaker"] = rows["participants"].fillna("").astype(str).str.split(";")
    rows = rows.explode("speaker", ignore_index=True).drop(columns="participants")
    rows["consent_level"] = rows["consent_level"].astype("int64")
    return rows


def _described(rows: pd.DataFrame, known: "pd.Series[Any]") -> dict[str, Any]:
    sessions = rows.drop_duplicates("unit")
    dates = sessions["date"].dropna()
    roles = sorted({str(known[who]) for who in rows["speaker"] if who in known.index})
    return {
        "number": len(sessions),
        "companies": rows["case"].nunique(),
        "minutes": int(sessions["minutes"].fillna(0).sum()),
        "first": quarter(dates.min()) if len(dates) else "",
        "last": quarter(dates.max()) if len(dates) else "",
        "informants": rows.loc[rows["speaker"] != "", "speaker"].nunique(),
        "roles": "; ".join(roles),
    }


def _totals(heard: pd.DataFrame, known: "pd.Series[Any]", kinds: list[str]) -> dict[str, Scalar]:
    held = heard[heard["session"] != ""]
    each = held.drop_duplicates("session")
    whole, all_of = pooled_basis(held), _described(held, known)
    minutes = each["minutes"].dropna()
    scalars = {
        "sessions": Scalar(len(each), unit="sessions", basis=whole),
        "documents": Scalar(
            heard.loc[heard["session"] == "", "source"].nunique(), unit="documents", basis=pooled_basis(heard)
        ),
        "informants": Scalar(all_of["informants"], unit="informants", basis=whole),
        "minutes": Scalar(all_of["minutes"], len(minutes), "minutes", basis=whole),
        "companies": Scalar(all_of["companies"], unit="companies", basis=whole),
        "roles_heard": Scalar(len([*filter(None, all_of["roles"].split("; "))]), unit="roles", basis=whole),
        "first_quarter": _word(all_of["first"], whole),
        "last_quarter": _word(all_of["last"], whole),
        "minutes_median": Scalar(
            float(minutes.median()) if len(minutes) else None, len(minutes), "minutes", basis=whole,
            reason=None if len(minutes) else "undefined, because no session has a length",
        ),
    }  # fmt: skip
    for kind in kinds:
        mine = heard[heard["kind"] == kind]
        scalars[f"number_{kind}"] = Scalar(mine["unit"].nunique(), unit="sessions", basis=pooled_basis(mine))
    return scalars


def _word(text: str, basis: Any) -> Scalar:
    if text:
        return Scalar(text, basis=basis)
    return Scalar(None, basis=basis, reason="undefined, because no session has a date")


def _planned(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the study planned, one row per statement; a statement that is not there gives no row."""
    rows = []

    def row(lane: str, activity: str, start: str, end: str, number: Any = None) -> None:
        rows.append(
            {
                "lane": lane, "part": "planned", "activity": activity, "start": pd.Timestamp(start),
                "end": pd.Timestamp(end), "number": number,
            }
        )  # fmt: skip

    if {"first_year", "last_year"} <= set(facts):
        row(
            "data",
            "group interviews, workshops and case studies",
            f"{facts['first_year']}-01-01",
            f"{facts['last_year']}-12-31",
        )
    for name, value in facts.items():
        found = re.fullmatch(r"workshops_planned_(\d{4})", name)
        if found:
            row(
                "workshops",
                f"validation workshops {found[1]}",
                f"{found[1]}-01-01",
                f"{found[1]}-12-31",
                value,
            )
    due = re.fullmatch(r"(first|second) half of (\d{4})", str(facts.get("findings_due", "")))
    if due:
        start, end = _HALVES[due[1]]
        row("findings", "findings and managerial implications", f"{due[2]}-{start}", f"{due[2]}-{end}")
    return rows


def _held(
    lane: str, activity: str, days: "pd.Series[Any]", number: int, *, quarter: bool = True
) -> dict[str, Any]:
    first, last = pd.Timestamp(days.min()), pd.Timestamp(days.max())
    if quarter:
        first, last = first.to_period("Q").start_time, last.to_period("Q").end_time.normalize()
    return {"lane": lane, "part": "held", "activity": activity, "start": first, "end": last, "number": number}


def _analysis(
    assignments: pd.DataFrame, segments: pd.DataFrame, sources: pd.DataFrame, evidence: list[pd.DataFrame]
) -> list[dict[str, Any]]:
    """Return one row per version of the codebook: from when to when segments were coded under it."""
    placed = segments[["segment", "source", "speaker", "consent_level"]].merge(
        sources[["source", "case"]], on="source"
    )
    dated = assignments.merge(placed, on="segment", how="inner")
    dated = dated[dated["created"].notna() & dated["codebook_version"].notna()]
    rows = []
    for version, mine in dated.groupby("codebook_version", sort=True):
        name = f"coding, codebook of {quarter(version)}"
        rows.append(_held("analysis", name, mine["created"], mine["segment"].nunique()))
        evidence.append(mine.assign(activity=name))
    return rows


def _those_present(event: str, voters: pd.DataFrame) -> pd.DataFrame:
    """Return who voted as evidence: each sheet is a source, and a vertical stands for its company."""
    mine = voters[voters["event"] == event]
    return pd.DataFrame(
        {
            "activity": f"workshop {event}",
            "case": mine["vertical"],
            "speaker": mine["voter"],
            "source": mine["voter"],
            "consent_level": mine["consent_level"].astype("int64"),
        }
    )


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str) else ""
