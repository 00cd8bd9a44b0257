"""What people see and do, in real Chromium: pages, sorting, proofs, keyboard, colours, small screens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from chain.dashboard.export import export
from chain.dashboard.pages import Dashboard
from tests.support.world import World


@contextmanager
def looking(chromium: Any, **how: Any) -> Iterator[Any]:
    """A page; when it is left, nothing must have gone wrong on the console or been asked of another host."""
    context = chromium.new_context(**how)
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert said == []
    assert {urlsplit(each).hostname for each in asked} <= {"127.0.0.1", None, ""}


def test_every_page_is_shown_without_a_complaint(chromium: Any, url: str, world: World) -> None:
    with looking(chromium) as page:
        for path in Dashboard(world.project, world.store).paths():
            answer = page.goto(f"{url}/{path}")
            assert answer.status == 200
            assert page.locator("h1").inner_text()
            assert page.locator("main").is_visible()
        page.goto(f"{url}/")
        assert page.locator("figure svg polyline").count() == 2
        assert page.locator("svg[role=img]").first.get_attribute("aria-label").startswith("Validation loss")


def test_a_column_is_sorted_both_ways(chromium: Any, url: str) -> None:
    with looking(chromium) as page:
        page.goto(f"{url}/leaderboard.html")
        head = page.locator("th", has_text="earned")
        button = head.get_by_role("button")

        def column() -> list[float]:
            cells = page.locator("tbody tr td:nth-child(7)").all_inner_texts()
            return [float(cell.replace(",", "")) for cell in cells]

        button.click()
        assert head.get_attribute("aria-sort") == "ascending"
        assert column() == sorted(column())
        button.click()
        assert head.get_attribute("aria-sort") == "descending"
        assert column() == sorted(column(), reverse=True)
        page.locator("th", has_text="place").get_by_role("button").click()
        assert head.get_attribute("aria-sort") is None


def test_a_proof_is_green_and_a_changed_one_red(chromium: Any, url: str) -> None:
    with looking(chromium) as page:
        page.goto(f"{url}/payouts.html")
        rows = page.locator("#leaves tbody tr").count()
        assert page.locator("#checked").inner_text() == f"{rows} of {rows} stand under the root"
        assert page.locator(".verdict.good").count() == rows
        first = page.locator("input.amount").first
        right = first.input_value()
        first.fill(str(int(right) + 1))
        assert page.locator(".verdict").first.inner_text().endswith("not under the root")
        assert "bad" in (page.locator(".verdict").first.get_attribute("class") or "")
        page.get_by_role("button", name="Check all").click()
        assert page.locator("#checked").inner_text() == f"{rows - 1} of {rows} stand under the root"
        first.fill(right)
        assert page.locator(".verdict.good").count() == rows


def test_everything_can_be_reached_by_keyboard(chromium: Any, url: str) -> None:
    with looking(chromium) as page:
        page.goto(f"{url}/leaderboard.html")
        page.keyboard.press("Tab")
        focused = "document.activeElement"
        assert page.evaluate(f"{focused}.textContent") == "Skip to the content"
        assert page.evaluate(f"{focused}.getBoundingClientRect().left") >= 0
        page.keyboard.press("Enter")
        assert page.evaluate(f"{focused}.id") == "main"
        page.keyboard.press("Tab")
        assert page.evaluate(f"{focused}.tagName") == "BUTTON"
        assert page.evaluate(f"getComputedStyle({focused}).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        assert page.locator("th[aria-sort=ascending]").count() == 1


def luminance(colour: str) -> float:
    red, green, blue = (int(part) for part in colour.strip("rgb()").split(",")[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_persons_colours(scheme: str, chromium: Any, url: str) -> None:
    with looking(chromium, color_scheme=scheme) as page:
        page.goto(f"{url}/")
        style = "getComputedStyle(document.body)"
        paper, ink = (luminance(page.evaluate(f"{style}.{name}")) for name in ("backgroundColor", "color"))
        assert (paper < ink) == (scheme == "dark")
        assert abs(paper - ink) > 150


def test_a_narrow_screen_does_not_scroll_sideways(chromium: Any, url: str, world: World) -> None:
    with looking(chromium, viewport={"width": 390, "height": 844}) as page:
        for path in Dashboard(world.project, world.store).paths():
            page.goto(f"{url}/{path}")
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= 390, path


def test_without_scripts_everything_can_be_read(chromium: Any, url: str) -> None:
    with looking(chromium, java_script_enabled=False) as page:
        page.goto(f"{url}/payouts.html")
        assert page.locator("#leaves tbody tr").count() > 0
        page.goto(f"{url}/leaderboard.html")
        assert "earned" in page.locator("thead").inner_text()


def test_a_static_copy_works_from_a_folder(chromium: Any, world: World, tmp_path: Path) -> None:
    export(Dashboard(world.project, world.store), tmp_path / "copy")
    with looking(chromium) as page:
        page.goto((tmp_path / "copy" / "payouts.html").as_uri())
        rows = page.locator("#leaves tbody tr").count()
        assert page.locator(".verdict.good").count() == rows > 0
        page.get_by_role("link", name="Peers").click()
        assert page.locator("h1").inner_text() == "Peers"
        page.locator("tbody a").first.click()
        assert page.locator("h1").inner_text().startswith("Peer")
