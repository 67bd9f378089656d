"""What readers see of the dependency network, the roadmap, the framework and the register of confidence."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from twinbenefits.analysis.confidence import COMPONENTS
from twinbenefits.analysis.dependency_checks import GAPS
from twinbenefits.display import dependency_figures, framework_figure, managerial_tables
from twinbenefits.display.layer_boxes import LAYER_NAMES, wrapped
from twinbenefits.evidence.disclosure import ALL
from twinbenefits.evidence.release import _SEAL, Released
from twinbenefits.publishing.figures import figure_bytes

LAYER = {"NA": "enabler", "WT": "enabling_change", "WB": "business_change", "GA": "benefit", "GB": "benefit"}


def released(rows: list[dict[str, Any]], columns: list[str] | None = None, **scalars: object) -> Released:
    table = pd.DataFrame(rows, columns=columns)
    if "withheld" not in table:
        table["withheld"] = ""
    told = {name: SimpleNamespace(value=value) for name, value in scalars.items()}
    result = SimpleNamespace(table=table, scalars=told, limitations=(), inputs=("codings",))
    return Released(result, "public", "demo", ("codings",), synthetic=True, seal=_SEAL)


def link(start: str, end: str, in_cases: int | None = 2, withheld: str = "") -> dict[str, Any]:
    return {
        "from_node": start, "to_node": end, "from_label": f"Name of {start}", "to_label": f"Name of {end}",
        "from_layer": LAYER.get(start, "objective"), "to_layer": LAYER.get(end, "objective"),
        "in_cases": in_cases, "withheld": withheld,
    }  # fmt: skip


def gap(node: str, check: str, lacking: int, having: int, withheld: str = "") -> dict[str, Any]:
    found = "nowhere" if not lacking else "everywhere" if lacking == having else "in some cases"
    return {
        "check": check, "node": node, "label": f"Name of {node}", "cases_with_gap": lacking,
        "cases_with_benefit": having, "found": found, "withheld": withheld,
    }  # fmt: skip


LINKS = [
    link("NA", "WT"),
    link("WT", "WB", 3),
    link("WB", "GA"),
    link("GA", "objective"),
    link("NA", "GB", 1),
]
GAP_ROWS = [gap(node, check, number, 3) for number, check in enumerate(GAPS) for node in ("GA", "GB")]
for _row in GAP_ROWS:
    _row["cases_with_gap"] = min(_row["cases_with_gap"], 3)


def words(figure: Figure) -> str:
    """Return all the words a reader sees in a figure; it must also be drawable."""
    figure.savefig(io.BytesIO(), format="png", dpi=50)
    artists = figure.findobj(lambda artist: hasattr(artist, "get_text"))
    return " | ".join(str(artist.get_text()).replace("\n", " ") for artist in artists if artist.get_text())


def arrows(figure: Figure) -> list[FancyArrowPatch]:
    return list(figure.findobj(FancyArrowPatch))


def test_the_network_names_its_layers_and_shows_benefits_that_nothing_leads_to() -> None:
    figure = dependency_figures.dependency_network(released(LINKS), released(GAP_ROWS), least_cases=2)
    told = words(figure)
    assert all(name in told for name in LAYER_NAMES.values())
    assert "Name of GB (GB)" in told, "no link is drawn to it, and it is there"
    assert "no drawn link leads here" in told
    assert len(arrows(figure)) == 4, "the link of one company is not drawn"


def test_links_that_are_withheld_are_not_drawn() -> None:
    rows = [*LINKS[:2], link("WB", "GA", None, "rests on one company")]
    drawn = dependency_figures.drawn_links(released(rows))
    assert set(zip(drawn["from_node"], drawn["to_node"], strict=True)) == {("NA", "WT"), ("WT", "WB")}


def test_a_network_without_links_says_so() -> None:
    columns = [*LINKS[0]]
    empty, no_gaps = released([], columns), released([], [*GAP_ROWS[0]])
    assert "no link may be shown" in words(dependency_figures.dependency_network(empty, no_gaps))
    assert "Name of GA" in words(dependency_figures.dependency_network(empty, released(GAP_ROWS)))


def test_a_slide_leaves_out_what_nothing_leads_to() -> None:
    figure = dependency_figures.dependency_network(
        released(LINKS), released(GAP_ROWS), least_cases=2, variant="slide"
    )
    assert "Name of GB" not in words(figure)


def test_a_link_that_leads_back_is_drawn_and_does_not_stop_the_drawing() -> None:
    rows = [*LINKS, link("GA", "WB")]
    assert len(arrows(dependency_figures.dependency_network(released(rows), released(GAP_ROWS)))) == 6


@pytest.mark.parametrize("draw", ["network", "road"])
def test_equal_results_give_equal_bytes(draw: str) -> None:
    def made() -> dict[str, bytes]:
        if draw == "network":
            figure = dependency_figures.dependency_network(released(LINKS), released(GAP_ROWS))
        else:
            figure = dependency_figures.roadmap_lanes(released(ROAD), released(LINKS))
        return figure_bytes(figure, "D14", "synthetic demonstration data")

    assert made()["svg"] == made()["svg"]


def move(node: str, step: int | None, depth: int | None, withheld: str = "") -> dict[str, Any]:
    return {
        "node": node, "label": f"Name of {node}", "lane": LAYER[node], "step": step, "depth": depth,
        "benefits": None if withheld else 1, "withheld": withheld,
    }  # fmt: skip


ROAD = [move("NA", 1, 0), move("WT", 2, 1), move("WB", 3, 2)]


def test_every_arrow_of_the_roadmap_points_to_the_right() -> None:
    figure = dependency_figures.roadmap_lanes(released(ROAD), released(LINKS))
    ends = [artist._path_original.vertices[[0, -1], 0] for artist in arrows(figure)]
    assert len(ends) == 2
    assert all(start < end for start, end in ends)
    told = words(figure)
    assert "1. Name of NA (NA)" in told
    assert "leads to 1 benefit" in told
    assert "after 2 steps" in told


def test_a_withheld_move_keeps_its_name_and_no_place_in_the_order() -> None:
    rows = [*ROAD[:2], move("WB", None, None, "rests on one company")]
    told = words(dependency_figures.roadmap_lanes(released(rows), released(LINKS[:1])))
    assert "Name of WB (WB) withheld" in told
    assert "nothing before the benefits" in words(
        dependency_figures.roadmap_lanes(released([], [*ROAD[0]]), released([], [*LINKS[0]]))
    )


def framework(status: str) -> Figure:
    boxes = [
        {"box": "context", "node": "CF", "label": "Context", "is_root": True},
        {"box": "context", "node": "F1", "label": "Assets", "is_root": False},
        {"box": "benefit", "node": "GA", "label": "Less waste", "is_root": False},
        {"box": "mechanism", "node": "WB", "label": "New routine", "is_root": False},
        {"box": "mechanism", "node": "WK", "label": "Trust", "is_root": False},
    ]
    pairs = [("F1", "GA", "+"), ("F1", "WB", "-"), ("WK", "WB", ""), ("CF", "GA", "both")]
    drawn = [
        {"from_node": start, "to_node": end, "sign": sign, "status": status} for start, end, sign in pairs
    ]
    drawn.append({"from_node": "mechanism", "to_node": "benefit", "sign": "", "status": "frame"})
    return framework_figure.conceptual_framework(released(boxes), released(drawn, status=status))


def test_drafts_are_dashed_and_called_proposed() -> None:
    proposed, accepted = framework("proposed"), framework("accepted")
    assert "Proposed" in words(proposed)
    assert "Accepted by the authors" in words(accepted)
    assert "Proposed" not in words(accepted)
    mine = [artist for artist in arrows(proposed) if artist.get_linewidth() < 2]
    assert len(mine) == 4
    assert all(artist.get_linestyle() not in ("-", "solid") for artist in mine)
    assert all(a.get_linestyle() in ("-", "solid") for a in arrows(accepted))


def test_gaps_are_counted_among_the_companies_that_have_the_benefit() -> None:
    rows = [gap("GA", "no_owner", 2, 3), gap("GA", "no_indicator", 1, 3, "rests on one company")]
    shown = managerial_tables.benefit_gaps(released(rows))
    assert shown.loc[0, "Owner"] == "2 of 3"
    assert shown.loc[0, "Indicator"] == "*withheld*"


def challenge(code: str, kind: str, actor: str, segments: int, withheld: str = "") -> dict[str, Any]:
    return {
        "code": code, "label": f"{kind.capitalize()}: slow {code}", "kind": kind, "actor": actor,
        "segments": segments, "sessions": 1, "in_cases": 1, "withheld": withheld,
    }  # fmt: skip


def test_challenges_name_who_tells_of_them_and_what_is_done() -> None:
    by_actor = [
        challenge("CB", "symptom", ALL, 3), challenge("CB", "symptom", "supplier", 0),
        challenge("CA", "area", ALL, 5), challenge("CA", "area", "case_company", 4),
        challenge("CA", "area", "supplier", 1, "rests on one company"),
    ]  # fmt: skip
    acts = [
        {"code": "CA", "mechanism_label": "New routine", "segments": 2, "withheld": ""},
        {"code": "CA", "mechanism_label": "Trust", "segments": None, "withheld": "rests on one company"},
    ]
    shown = managerial_tables.challenges(released(by_actor), released(acts))
    assert shown["Challenge"].tolist() == ["Slow CA (CA)", "Slow CB (CB)"], "areas come before symptoms"
    assert shown.loc[0, "Told by"] == "case company (4); supplier (*withheld*)"
    assert shown.loc[0, "Done about it"] == "New routine (2); *1 withheld*"


def finding(name: str, overall: str, ceiling: str, above: bool = False) -> dict[str, Any]:
    return {
        "finding": name, **dict.fromkeys(COMPONENTS, "moderate concerns"),
        "overall": overall, "reasons": "Few examples.; One case." if overall != "not rated" else "",
        "ceiling": ceiling, "ceiling_reasons": "one case only" if ceiling != "High" else "",
        "above_ceiling": above, "workshop": "no vote yet",
    }  # fmt: skip


def test_a_judgement_above_its_ceiling_is_marked_and_left_alone() -> None:
    rows = [finding("P01", "High", "Low", above=True), finding("C01", "not rated", "High")]
    shown = managerial_tables.confidence_register(released(rows), {"P01": "The more, the more."})
    assert shown.loc[0, "Finding"] == "P01: The more, the more."
    assert shown.loc[0, "Judged as"] == "High"
    assert shown.loc[0, "Lowered because"] == "Few examples. One case."
    assert shown.loc[0, "Concerns"].startswith("methods: moderate; coherence: moderate")
    assert shown.loc[0, "Ceiling proposed"] == "Low (one case only); **the judgement stands above it**"
    assert shown.loc[1, "Finding"] == "C01"
    assert shown.loc[1, "Ceiling proposed"] == "High"
    short = managerial_tables.confidence_register(released(rows), {}, everything=False)
    assert short["Finding"].tolist() == ["P01"]


def test_tables_of_nothing_have_one_line_that_says_so() -> None:
    assert (
        managerial_tables.network_faults(released([], ["meaning", "case"])).loc[0, "What"]
        == "nothing is wrong"
    )
    assert len(managerial_tables.indicator_map(released([], ["code"]))) == 1


def test_words_in_boxes_end_where_the_box_ends() -> None:
    assert wrapped("a very long name of a step that fits nowhere", 10, 2).count("\n") == 1


def test_of_very_many_links_those_in_most_companies_are_drawn_and_it_is_said() -> None:
    rows = [
        link("NA", "GA", 1) | {"from_node": f"N{one}", "to_node": f"G{other}", "to_layer": "benefit"}
        | {"from_layer": "enabler", "in_cases": 2 + (one == other)}
        for one in range(13) for other in range(13)
    ]  # fmt: skip
    figure = dependency_figures.dependency_network(released(rows), released(GAP_ROWS))
    assert "the first 120 of 169 links by companies" in words(figure)
    assert len(arrows(figure)) == 120
    thick = [arrow for arrow in arrows(figure) if arrow.get_linewidth() > 0.35 + 0.35 * 2.5]
    assert len(thick) == 13, "those in three companies are all there"
    slide = dependency_figures.dependency_network(released(rows), released(GAP_ROWS), variant="slide")
    told = words(slide)
    assert "the first 8 of 13 benefits" in told
    assert "more cannot be read on a slide" in told
    assert len(arrows(slide)) <= 60
    assert all(0 <= edge <= 1 for edge in _above(slide)), "the sentence fits on the slide"


def _above(figure: Figure) -> tuple[float, float]:
    """Return the left and right edge of the words above a figure, as shares of its width."""
    box = figure._suptitle.get_window_extent().transformed(figure.transFigure.inverted())
    return box.x0, box.x1


def test_a_slide_shows_fewer_moves_side_by_side() -> None:
    road = [move("NA", number, 0) | {"node": f"N{number}"} for number in range(1, 4)]
    assert "Drawn are" not in words(dependency_figures.roadmap_lanes(released(road), released(LINKS)))
    told = words(dependency_figures.roadmap_lanes(released(road), released(LINKS), variant="slide"))
    assert "the first 2 of 3 moves side by side" in told
    assert "(N3)" not in told
