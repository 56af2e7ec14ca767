"""The Grafana dashboard and the alert rules speak of what the server exposes, and nothing else."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from actors.breaker import Cause
from actors.dead_letters import dead_letters
from actors.processes import ProcessInfo
from actors.status import State
from tests.fake_clients import text
from tests.promql import PromqlError, parse
from tests.simulator.real.waiting import wait_until
from tests.web.scraped import Scraped
from tests.web.served import serving
from whatsapp.port import LinkChecked

ROOT = Path(__file__).parents[1]
DASHBOARD = json.loads((ROOT / "docs" / "grafana-dashboard.json").read_text())
ALERTS = yaml.safe_load((ROOT / "docs" / "alerts.yml").read_text())
RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
VARIABLES: list[dict[str, Any]] = DASHBOARD["templating"]["list"]

#: What Prometheus itself gives to each series.
OF_PROMETHEUS = {"job", "instance"}
#: Labels whose every value is known.
VALUES = {
    "state": {state.value for state in State},
    "cause": {cause.value for cause in Cause},
    "job": {"vendeai", "$job"},
    "instance": {"$instance"},
}
Exposed: TypeAlias = dict[str, set[str]]

SHOWN = [target["expr"] for panel in PANELS for target in panel.get("targets", [])]
EXPRESSIONS = sorted(
    {
        *SHOWN,
        *(rule["expr"] for rule in RULES),
        *(variable["query"]["query"] for variable in VARIABLES if variable["type"] == "query"),
        *(annotation["expr"] for annotation in DASHBOARD["annotations"]["list"]),
    }
)


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> Exposed:
    """Each series' name and its labels, of a server to which everything has happened once."""
    with serving(tmp_path_factory.mktemp("served")) as served:
        served.connected(5)
        client = served.clients.started(5)
        client.report(LinkChecked(silence_ms=1000, round_trip_ms=20.0, unacked=0))
        client.report(text(1, "oi"))
        assert served.clients.confirmed(5)
        dead_letters.add("SessionActor", object())

        async def processes(pids: Iterable[int]) -> dict[int, ProcessInfo]:
            return {pid: ProcessInfo(pid, 1.0, 1.0, 2**24, 11, 25) for pid in pids}

        served.system.tree.processes = processes  # type: ignore[method-assign]
        wait_until(lambda: Scraped(served).series("vendeai_empresa_silence_seconds"))
        samples = Scraped(served).samples
    found: Exposed = defaultdict(set, {"up": set()})
    for sample in samples:
        found[sample.name] |= sample.labels.keys()
    return dict(found)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_reads_what_the_server_exposes(expression: str, exposed: Exposed) -> None:
    found = parse(expression)
    known = set(OF_PROMETHEUS)
    # The second argument of Grafana's label_values is a label, not a series.
    variable = re.fullmatch(r"label_values\(.*, ([a-z]+)\)", expression)
    for selector in found.selectors:
        if variable and selector.name == variable[1]:
            continue
        assert selector.name in exposed
        labels = exposed[selector.name] | OF_PROMETHEUS
        known |= labels
        for label, sign, value in selector.matchers:
            assert label in labels, selector.name
            values = value.split("|") if sign in ("=~", "!~") else [value]
            assert set(values) <= VALUES.get(label, set(values))
    assert found.labels <= known
    assert variable is None or variable[1] in known


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_reads_only_this_server(expression: str) -> None:
    for selector in parse(expression).selectors:
        if not expression.startswith("label_values"):
            assert "job" in [label for label, _, _ in selector.matchers], selector.name


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "sum(",
        "sum(a))",
        "a +",
        "a b",
        'a{b="c"',
        "a{b=c}",
        'a{"b"="c"}',
        "rate(a)",
        "a[5m]",
        "rate(a[five])",
        "sum by (a(b)",
        "topk(a)",
        "histogram_quantile(a)",
        "no_such_function(a)",
        'a{b="c}',
        "a and",
        "a ? b",
    ],
)
def test_what_is_no_promql_is_found_out(wrong: str) -> None:
    with pytest.raises(PromqlError):
        parse(wrong)


def test_series_and_labels_of_an_expression_are_found() -> None:
    found = parse(
        'sum by (a, b) (rate(c_total{d=~"e|f", g!="h"}[5m])) / on (a) group_left 2 * -i > 3'
    )
    assert [(each.name, each.matchers) for each in found.selectors] == [
        ("c_total", [("d", "=~", "e|f"), ("g", "!=", "h")]),
        ("i", []),
    ]
    assert (found.labels, found.aggregates) == ({"a", "b"}, True)


def test_the_dashboard_shows_every_family_of_ours(exposed: Exposed) -> None:
    def family(name: str) -> str:
        return re.sub(r"_(bucket|sum|count)$", "", name)

    shown = {family(each.name) for expression in SHOWN for each in parse(expression).selectors}
    ours = {family(name) for name in exposed if name.startswith("vendeai_")}
    assert ours - shown == {"vendeai_actors"}  # it offers the job and the server


def test_panels_have_places_titles_and_a_chosen_prometheus() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        place = panel["gridPos"]
        squares = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not squares & taken, panel["title"]
        assert all(x < 24 for x, _ in squares), panel["title"]
        taken |= squares
        if panel["type"] == "row":
            continue
        assert panel["title"]
        assert panel["description"].endswith(".")
        for each in (panel, *panel["targets"]):
            assert each["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)
    identifiers = [panel["id"] for panel in PANELS]
    assert len(set(identifiers)) == len(identifiers)


def test_the_dashboard_can_be_imported_as_a_new_one() -> None:
    assert DASHBOARD["id"] is None
    assert DASHBOARD["uid"] == "vendeai"
    assert [variable["name"] for variable in VARIABLES] == ["datasource", "job", "instance"]
    used = set(re.findall(r"\$\{?([a-z]+)\}?", json.dumps(DASHBOARD)))
    assert used == {variable["name"] for variable in VARIABLES}


def test_the_documented_scrape_gives_its_series_the_job_of_the_rules() -> None:
    (block,) = re.findall(
        r"^```yaml\n(.+?)^```",
        (ROOT / "docs" / "operation.md").read_text(),
        re.MULTILINE | re.DOTALL,
    )
    (scrape,) = yaml.safe_load(block)["scrape_configs"]
    assert scrape["job_name"] in VALUES["job"]
    assert scrape.get("metrics_path", "/metrics") == "/metrics"


def left_labels(expression: str, exposed: Exposed) -> set[str]:
    """The labels that a result can have."""
    found = parse(expression)
    if found.aggregates and "topk" not in expression:
        return found.labels
    return {label for each in found.selectors for label in exposed[each.name]} | OF_PROMETHEUS


def test_a_legend_names_labels_that_its_series_have(exposed: Exposed) -> None:
    for panel in PANELS:
        for target in panel.get("targets", []):
            named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert named <= left_labels(target["expr"], exposed), target
            assert len(panel["targets"]) == 1 or target["legendFormat"], target


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong_and_what_to_do(rule: dict[str, Any], exposed: Exposed) -> None:
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch("Vendeai[A-Za-z]+", rule["alert"])
    assert re.fullmatch("[0-9]+[smh]", rule.get("for", "0m"))
    assert rule["labels"]["severity"] in ("warning", "critical")
    said = rule["annotations"]
    assert said["summary"].endswith(".")
    assert said["description"].endswith(".")
    named = set(re.findall(r"\$labels\.(\w+)", said["summary"] + said["description"]))
    assert named <= left_labels(rule["expr"], exposed)


def test_alerts_have_names_of_their_own_and_runbooks_that_exist() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(set(names)) == len(names)
    for rule in RULES:
        path, _, anchor = rule["annotations"].get("runbook", "docs/runbooks.md").partition("#")
        headings = re.findall(r"^#+ (.+)$", (ROOT / path).read_text(), re.MULTILINE)
        anchors = {re.sub(r"[^a-z0-9 -]", "", each.lower()).replace(" ", "-") for each in headings}
        assert not anchor or anchor in anchors, rule["alert"]
