"""What a browser that has never been here loads, and when it first paints something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.sync_api import Browser

_FIRST_PAINT = """() => new Promise((resolve) => {
  const seen = (list) => list.getEntriesByName("first-contentful-paint")
    .forEach((entry) => resolve(entry.startTime));
  new PerformanceObserver(seen).observe({ type: "paint", buffered: true });
})"""


@dataclass(frozen=True, slots=True)
class ColdLoad:
    """``paint_seconds``: the median of the loads. ``bytes``: headers and bodies as they came."""

    paint_seconds: float
    bytes: int
    requests: int


def cold_load(browser: Browser, url: str, cookie: Mapping[str, str], times: int) -> ColdLoad:
    loads = [_load(browser, url, cookie) for _ in range(times)]
    return ColdLoad(
        median(load.paint_seconds for load in loads),
        max(load.bytes for load in loads),
        max(load.requests for load in loads),
    )


def _load(browser: Browser, url: str, cookie: Mapping[str, str]) -> ColdLoad:
    """In a context of its own, whose cache is empty."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": url}])
    page = context.new_page()
    finished: list[float] = []
    session = context.new_cdp_session(page)
    session.on("Network.loadingFinished", lambda told: finished.append(_size(told)))
    session.send("Network.enable")
    page.goto(url, wait_until="networkidle")
    paint: float = page.evaluate(_FIRST_PAINT)
    context.close()
    return ColdLoad(paint / 1000, int(sum(finished)), len(finished))


def _size(told: Mapping[str, Any]) -> float:
    size: float = told["encodedDataLength"]
    return size
