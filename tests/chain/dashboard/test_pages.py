"""Pages say what chain and store say, to whoever may read them, and let nothing else in."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from chain.amounts import tokens
from chain.dashboard.app import HERE, application, render
from chain.dashboard.charts import line_chart, stacked_bars
from chain.dashboard.export import MARK, export
from chain.dashboard.pages import Dashboard
from chain.encoding import keccak
from chain.errors import ConfigError
from chain.network import connect
from chain.roles.ledger import ledger
from chain.roles.rounds import losses_by_round
from tests.support.world import World, build_world
from valuation.mechanism import default_mechanism
from valuation.shapley import design

HOSTILE = "<script>alert(1)</script>\"'&\u202e{{ 7*7 }}"


@pytest.fixture(scope="module")
def client(dashboard: Dashboard) -> Iterator[TestClient]:
    with TestClient(application(dashboard), base_url="http://127.0.0.1") as client:
        yield client


class Balanced(HTMLParser):
    """Refuses HTML whose tags do not close; keeps what would be loaded."""

    VOID = frozenset(("meta", "link", "input", "br"))

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert not any(name.startswith("on") or name == "style" for name in given), given
        if tag in ("script", "link", "img", "iframe", "object", "embed"):
            self.loaded.append(given.get("src") or given.get("href") or "")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_page_is_whole_and_loads_nothing_from_elsewhere(
    client: TestClient, dashboard: Dashboard
) -> None:
    for path in ["", *dashboard.paths()]:
        told = client.get(f"/{path}")
        assert told.status_code == 200, path
        parsed = Balanced()
        parsed.feed(told.text)
        assert parsed.open == [], path
        assert all(re.fullmatch(r"(\.\./)*static/[a-z.]+", each) for each in parsed.loaded), parsed.loaded
        for link in re.findall(r'href="([^"]+\.html)"', told.text):
            target = link.replace("../", "")
            assert client.get(f"/{target}").status_code == 200, (path, link)
            assert link.count("../") == path.count("/"), (path, link)


def test_pages_say_what_the_ledger_says(client: TestClient, world: World) -> None:
    board = client.get("/leaderboard.html").text
    payouts = client.get("/payouts.html").text
    for line in ledger(world.project, world.store):
        assert tokens(line.earned, 18) in board
        page = client.get(f"/peer/{line.address}.html").text
        assert tokens(line.earned, 18) in page
        assert tokens(line.claimed, 18) in page
    header = world.project.headers()[-1]
    assert header.payout_root.hex() in payouts
    assert str(header.sum) in payouts
    assert "PASS" in client.get("/audit.html").text
    assert "FAIL" not in client.get("/audit.html").text
    assert "HeaderFaulted" in client.get("/disputes.html").text
    assert "shapley-exact" in client.get("/lab/1.html").text
    refused = client.get("/round/2.html").text
    assert world.trainers[1].address in refused
    assert "Not valued" in refused


@pytest.mark.parametrize(
    "path", ["x", "peer/0x0.html", "round/99.html", "round/0.html", "lab/9.html", "../etc/passwd"]
)
def test_what_is_no_page_is_not_found(path: str, client: TestClient) -> None:
    assert client.get(f"/{path}").status_code == 404


def test_nothing_can_be_changed_or_embedded(client: TestClient) -> None:
    for method in ("post", "put", "delete", "patch"):
        assert getattr(client, method)("/index.html").status_code == 405
    told = client.get("/")
    policy = told.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert told.headers["x-content-type-options"] == "nosniff"
    assert told.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in told.headers
    assert "access-control-allow-origin" not in told.headers


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.5:8471", ""])
def test_a_request_by_any_other_name_is_refused(host: str, client: TestClient) -> None:
    told = client.get("/", headers={"Host": host})
    assert told.status_code == 400
    assert "Weighhouse" not in told.text


def test_what_peers_say_is_shown_and_not_obeyed(dashboard: Dashboard) -> None:
    page = dashboard.round(2)
    assert page is not None
    page["refused"] = [{"address": HOSTILE, "reason": HOSTILE, "detail": HOSTILE}]
    page["evaluators"] = [{**each, "detail": HOSTILE} for each in page["evaluators"]]
    shown = render(page, depth=1)
    assert "<script>alert" not in shown
    assert shown.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4
    chart = line_chart([(1, 1.0)], HOSTILE, HOSTILE) + stacked_bars(
        [(HOSTILE, [(HOSTILE, 1.0)])], HOSTILE, HOSTILE
    )
    assert "<script" not in chart
    parsed = Balanced()
    parsed.feed(chart)
    assert parsed.open == []


def test_a_store_that_lost_a_report_is_told_of(world: World) -> None:
    elsewhere = type(world.store).open("memory://empty")
    with TestClient(application(Dashboard(world.project, elsewhere)), base_url="http://127.0.0.1") as client:
        assert client.get("/").status_code == 200  # the overview needs no report
        told = client.get("/leaderboard.html")
        assert told.status_code == 503
        assert "MissingBlob" in told.text


def test_charts_are_as_high_as_their_values() -> None:
    chart = line_chart([(1, 0.0), (2, 10.0), (3, 5.0)], "t", "u")
    heights = [float(pair.split(",")[1]) for pair in re.findall(r'points="([^"]+)"', chart)[0].split()]
    assert heights[1] < heights[2] < heights[0]
    assert heights[2] == pytest.approx((heights[0] + heights[1]) / 2, abs=0.1)
    bars = stacked_bars([("1", [("a", 1.0), ("b", 3.0), ("c", -2.0)])], "t", "u")
    sizes = [float(height) for height in re.findall(r'<rect[^>]* height="([0-9.]+)"><title', bars)]
    assert sizes[1] == pytest.approx(3 * sizes[0], abs=0.3)
    assert sizes[2] == pytest.approx(2 * sizes[0], abs=0.3)


def test_a_static_copy_has_every_page_and_replaces_only_its_like(
    dashboard: Dashboard, tmp_path: Path
) -> None:
    target = tmp_path / "copy"
    count = export(dashboard, target)
    pages = sorted(path.relative_to(target).as_posix() for path in target.rglob("*.html"))
    assert pages == sorted(dashboard.paths())
    assert len(pages) == count
    for page in pages:
        text = (target / page).read_text()
        for link in re.findall(r'(?:href|src)="([^"#]+)"', text):
            assert (target / page).parent.joinpath(link).resolve().is_relative_to(target.resolve())
            assert (target / page).parent.joinpath(link).is_file(), (page, link)
    (target / "stale.html").touch()
    export(dashboard, target)
    assert not (target / "stale.html").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy"]
    (target / MARK).unlink()
    with pytest.raises(ConfigError, match="left alone"):
        export(dashboard, target)


def in_node(code: str) -> str:
    script = (HERE / "static" / "keccak.js").read_text() + code
    ran = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True, timeout=60)
    return ran.stdout.strip()


def test_the_pages_keccak_is_keccak() -> None:
    messages = bytes(range(256)) * 2
    lengths = (0, 1, 31, 32, 33, 135, 136, 137, 272, 500)
    code = "".join(
        f"console.log(weighhouse.toHex(weighhouse.keccak256(weighhouse.fromHex('{messages[:n].hex()}'))));"
        for n in lengths
    )
    assert in_node(code).split("\n") == [keccak(messages[:n]).hex() for n in lengths]


def test_the_pages_proofs_stand_and_changed_ones_do_not(dashboard: Dashboard) -> None:
    page = dashboard.payouts()
    root = page["header"]
    cases = []
    for leaf in page["leaves"]:
        proof = json.loads(leaf["proof"])
        amount, node, total = proof["cumulative"], root["node"], root["sum"]
        cases += [
            (proof, amount, node, total, True),
            (proof, str(int(amount) + 1), node, total, False),
            (proof, amount, node[::-1], total, False),
            (proof, amount, node, str(int(total) + 1), False),
            ({**proof, "index": proof["index"] ^ 1}, amount, node, total, False),
            ({**proof, "chain": "1"}, amount, node, total, False),
            *((proof, bad, node, total, False) for bad in ("", "x", "-1", str(2**96), "1.5")),
        ]
    code = "".join(
        f"console.log(weighhouse.stands({json.dumps(proof)}, {json.dumps(amount)}, '{node}', '{total}'));"
        for proof, amount, node, total, _ in cases
    )
    assert in_node(code).split("\n") == [json.dumps(expected) for *_, expected in cases]


def test_losses_are_shown_whatever_the_mechanism_names(tmp_path: Path) -> None:
    """A mechanism with a design has its problem from two blobs."""
    drawn = design(4, 20, rng=np.random.default_rng(0)).rounded(2**32)
    mechanism = default_mechanism(method="shapley-design", design=drawn, decoys=0)
    with connect("embedded") as network:
        world = build_world(network, tmp_path, mechanism=mechanism, design=drawn)
        world.play_round()
        (line,) = Dashboard(world.project, world.store).overview()["rounds"]
        assert line["loss"] == f"{losses_by_round(world.project, world.store)[1]:.4f}"


def test_pages_are_made_from_the_chain_as_it_is_now(world: World) -> None:
    fresh = Dashboard(replace(world.project), world.store)
    assert fresh.overview()["current"] == world.project.current_round()
