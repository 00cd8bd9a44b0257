"""A real Chromium, from npm, and a dashboard that it looks at."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chain.dashboard.app import application
from chain.dashboard.pages import Dashboard
from chain.network import connect
from tests.support.world import World, build_world

ROOT = Path(__file__).parents[2]
PATH = 'import("@sparticuz/chromium").then(async (c) => console.log(await c.default.executablePath()))'


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with connect("embedded") as network:
        world = build_world(network, tmp_path_factory.mktemp("browser"))
        world.play_round()
        world.trainers[0].claim()
        world.play_round({1: b"garbage"})
        yield world


@pytest.fixture(scope="session")
def url(world: World) -> Iterator[str]:
    import uvicorn

    config = uvicorn.Config(
        application(Dashboard(world.project, world.store)), host="127.0.0.1", port=0, log_level="error"
    )
    server, listener = uvicorn.Server(config), config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    command = ["node", "-e", PATH]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=found.stdout.strip(),
            args=["--no-sandbox", "--headless=shell", "--disable-gpu", "--font-render-hinting=none"],
        )
        yield browser
        browser.close()
