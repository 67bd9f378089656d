"""Four states of a benefit in a case: not asked; asked and absent; expected only; observed or measured.

Blank is not zero: a benefit that nobody asked about is not one that was denied, and a benefit of which only
rows speak that may not enter a statement about their company is neither.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from twinbenefits.analysis.coded import STATUSES, Coded

__all__ = ["ABSENT", "EXPECTED", "NOT_ASKED", "REALIZED", "STATES", "asked_answers", "benefit_states"]

NOT_ASKED = "not asked"
ABSENT = "asked and absent"
EXPECTED = "expected only"
REALIZED = "observed or measured"
STATES = (NOT_ASKED, ABSENT, EXPECTED, REALIZED)

_COUNTS = ("segments", *STATUSES)


def benefit_states(
    coded: Coded,
    asked: pd.DataFrame,
    groups: Mapping[str, Sequence[str]],
    *,
    presence_threshold: int = 1,
) -> pd.DataFrame:
    """Tell the state of each benefit in each case, from what was asked and what was said.

    Parameters
    ----------
    coded
        Resolved evidence.
    asked
        case, code, asked (yes, partly, no): what was asked about.
    groups
        Name to the codes that count for it: a single code, or a code with all below it.
    presence_threshold
        From how many segments on a benefit counts as mentioned.

    Returns
    -------
    DataFrame
        case, code, state (missing where none can be told), asked, segments, expected, observed, measured
        (segments by status), untold (whether rows that may not be told of the case would change its status
        or its presence), reason. Counts are those of the rows that may enter a statement about their
        case.

    Examples
    --------
    >>> from twinbenefits.analysis.coded import coded_evidence
    >>> coded = coded_evidence(
    ...     codings=pd.DataFrame({"segment": ["g"], "coder": ["A"], "code": ["X"], "status": ["observed"]}),
    ...     segments=pd.DataFrame({"segment": ["g"], "source": ["s"], "consent_level": [5]}),
    ...     sources=pd.DataFrame({"source": ["s"], "case": ["C"], "session": ["i"]}),
    ...     sessions=pd.DataFrame({"session": ["i"], "case": ["C"]}), cases=pd.DataFrame({"case": ["C"]}),
    ...     codebook=pd.DataFrame({"id": list("XYZ"), "parent": "", "role": "benefit"}))
    >>> asked = pd.DataFrame({"case": "C", "code": ["X", "Y", "Z"], "asked": ["yes", "yes", "no"]})
    >>> benefit_states(coded, asked, {code: (code,) for code in "XYZ"})["state"].tolist()
    ['observed or measured', 'asked and absent', 'not asked']
    """
    mentioned = coded.mentions(groups)
    about = _counts(mentioned[mentioned["about_case"]], coded, groups)
    every = _counts(mentioned, coded, groups)
    answers = asked_answers(coded, asked, groups)
    silent = set(coded.cases) - set(coded.sessions["case"])
    heard = set(coded.segments.loc[coded.segments["about_case"], "case"])
    empty = set(coded.cases) - set(coded.segments["case"])
    rows = []
    for case, code in ((case, code) for case in coded.cases for code in groups):
        seen, answer = about[case, code], answers.get((case, code), "no record")
        state = _state(seen, answer, presence_threshold)
        full = _state(every[case, code], answer, presence_threshold)
        hidden = state != full or (case not in heard and case not in silent)
        spoken = EXPECTED in (state, full) and REALIZED in (state, full)
        rows.append(
            {
                "case": case,
                "code": code,
                "state": None if hidden else state,
                "asked": answer,
                **seen,
                "untold": ("status" if spoken else "presence") if hidden else "",
                "reason": _reason(
                    seen, answer, state, presence_threshold, _untold(hidden, case in silent, case in empty)
                ),
            }
        )
    columns = ["case", "code", "state", "asked", *_COUNTS, "untold", "reason"]
    made = pd.DataFrame(rows, columns=columns)
    return made if rows else made.astype({"case": "str", "code": "str"})  # an empty column is of no kind


def _counts(
    mentioned: pd.DataFrame, coded: Coded, groups: Mapping[str, Sequence[str]]
) -> dict[tuple[str, str], dict[str, int]]:
    """Return segments in all and by status for every case and name, zeros included."""
    counts = {(case, code): dict.fromkeys(_COUNTS, 0) for case in coded.cases for code in groups}
    said = mentioned.groupby(["case", "of", "status"], sort=False).size()
    for (case, code, status), many in zip(said.index.tolist(), said.tolist(), strict=True):
        if (case, code) in counts:
            counts[case, code]["segments"] += many
            if status:
                counts[case, code][status] += many
    return counts


def asked_answers(
    coded: Coded, asked: pd.DataFrame, groups: Mapping[str, Sequence[str]]
) -> dict[tuple[str, str], str]:
    """Return yes, partly or no for each case and name; a name was asked when one of its codes was.

    Where the record holds no code of a role at all, it was not kept for that role, and a case in which a
    session was held counts as asked, with the answer "not recorded".
    """
    given = {
        (str(case), str(code)): str(answer)
        for case, code, answer in zip(asked["case"], asked["code"], asked["asked"], strict=True)
    }
    role = dict(zip(coded.codebook["id"], coded.codebook["role"], strict=True))
    recorded = {role.get(code, "") for code in {code for _, code in given}}
    unrecorded = {
        name for name, codes in groups.items() if not recorded & {role.get(code, "") for code in codes}
    }
    held = set(coded.sessions["case"])
    answers: dict[tuple[str, str], str] = {}
    for case in coded.cases:
        for name, codes in groups.items():
            found = {given[case, code] for code in codes if (case, code) in given}
            if not found and name in unrecorded and case in held:
                found = {"not recorded"}
            best = [answer for answer in ("yes", "partly", "no", "not recorded") if answer in found]
            if best:
                answers[case, name] = best[0]
    return answers


def _state(seen: Mapping[str, int], answer: str, threshold: int) -> str:
    if seen["segments"] < max(threshold, 1):
        return NOT_ASKED if answer in ("no", "no record") else ABSENT
    return REALIZED if seen["observed"] + seen["measured"] else EXPECTED


def _reason(seen: Mapping[str, int], answer: str, state: str, threshold: int, untold: str) -> str:
    """Return what a reader should know about the state; empty for a plain one."""
    few, unlabelled = 0 < seen["segments"] < threshold, seen["segments"] > sum(seen[s] for s in STATUSES)
    said = (
        (untold != "", untold),
        (state == NOT_ASKED and answer == "no record" and not untold, "no record that it was asked"),
        (state == ABSENT and answer == "partly", "asked in part only"),
        (few, f"mentioned in fewer than {threshold} segments"),
        (state in (EXPECTED, REALIZED) and answer in ("no", "no record"), "raised without being asked"),
        (state in (EXPECTED, REALIZED) and unlabelled, "some segments carry no status and count as expected"),
    )
    return "; ".join(sentence for holds, sentence in said if holds)


def _untold(hidden: bool, silent: bool, empty: bool) -> str:
    """Return why a state cannot be told, or why there is nothing to tell."""
    if silent:
        return "no session was held in this case"
    if hidden and empty:
        return "no segment of this case may be counted"
    return "rows that may not enter a statement about one company could change the state" if hidden else ""
