"""Screenshots of the demo for the README: `make screenshots`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.harborguard.demo.running_demo import Demo
from tests.services.parts import CHROMIUM

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"
_CHANGES = 30
Theme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Shot:
    """A screenshot; ``path`` may contain the ID of a registry as "{production}"."""

    name: str
    path: str
    theme: Theme = "light"
    width: int = 1440
    height: int = 900


SHOTS = (
    Shot("overview", "/", height=1200),
    Shot("overview-dark", "/", theme="dark"),
    Shot("overview-phone", "/", width=390, height=844),
    Shot("registries", "/registries"),
    Shot("registries-phone", "/registries", theme="dark", width=390, height=844),
    Shot("registry", "/registries/{production}"),
    Shot("registry-held", "/registries/{team-data}"),
    Shot("registry-error-dark", "/registries/{agency}", theme="dark"),
    Shot("inventory", "/inventory?q=shop/cart"),
    Shot("changes-dark", "/changes", theme="dark"),
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", nargs="*", metavar="NAME", help="names of screenshots to take")
    wanted = options.parse_args().only
    FOLDER.mkdir(exist_ok=True)
    with _demo() as demo, _chromium() as browser:
        context = _signed_in(demo, browser)
        ids = _ids(demo, context)
        _wait_for_changes(demo, context)
        for shot in SHOTS:
            if not wanted or shot.name in wanted:
                _take(shot, demo.url + shot.path.format_map(ids), context)


def _take(shot: Shot, url: str, context: BrowserContext) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme=shot.theme, reduced_motion="reduce")
    page.set_viewport_size({"width": shot.width, "height": shot.height})
    page.goto(url)
    file = FOLDER / f"{shot.name}.png"
    page.screenshot(path=file, animations="disabled", caret="hide")
    page.close()
    print(f"{file.stat().st_size / 1000:8.1f} kB  {file.name}")


@contextmanager
def _demo() -> Iterator[Demo]:
    """Start the demo on a free port."""
    with tempfile.TemporaryDirectory(prefix="hg-", dir="/tmp") as folder:
        demo = Demo(Path(folder))
        try:
            demo.start("--port", "0")
            demo.wait_for_line("HarborGuard is ready")
            yield demo
        finally:
            demo.end()


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM.find() or sys.exit(CHROMIUM.missing),
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()


def _signed_in(demo: Demo, browser: Browser) -> BrowserContext:
    context = browser.new_context(locale="en-US", timezone_id="UTC")
    page: Page = context.new_page()
    page.goto(f"{demo.url}/login")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{demo.url}/")
    page.close()
    return context


def _wait_for_changes(demo: Demo, context: BrowserContext) -> None:
    """Wait until the demo has enough changes today."""
    events = f"{demo.url}/api/events?after="
    cursor = context.request.get(f"{events}latest").json()["cursor"]
    demo.wait_until(lambda: len(context.request.get(events + cursor).json()["results"]) >= _CHANGES)


def _ids(demo: Demo, context: BrowserContext) -> Mapping[str, int]:
    answer = context.request.get(f"{demo.url}/api/registries").json()
    return {registry["name"]: registry["id"] for registry in answer["results"]}


if __name__ == "__main__":
    main()
