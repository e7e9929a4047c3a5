"""Bytes and first paint of a page in a browser with an empty cache."""

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
    """Median time to first paint, and bytes of headers and bodies as received."""

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
    """Load the page in a new context with an empty cache."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": url}])
    page = context.new_page()
    finished: list[float] = []
    session = context.new_cdp_session(page)
    session.on("Network.loadingFinished", lambda event: finished.append(_size(event)))
    session.send("Network.enable")
    page.goto(url, wait_until="networkidle")
    paint: float = page.evaluate(_FIRST_PAINT)
    context.close()
    return ColdLoad(paint / 1000, int(sum(finished)), len(finished))


def _size(event: Mapping[str, Any]) -> float:
    size: float = event["encodedDataLength"]
    return size
