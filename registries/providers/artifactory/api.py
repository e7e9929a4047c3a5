"""Artifactory's own API, for Docker repositories.

https://docs.jfrog.com/artifactory

Its repositories are identified by keys.
"""

from __future__ import annotations

import json
import re
import string
import time
from collections.abc import Iterator, Mapping
from typing import Any

from registries.errors import PaginationUntrusted, ResponseTooLarge
from registries.oci.listing import Listing, Listings, Page
from registries.oci.quirks import Quirks
from registries.oci.reference import is_repository
from registries.oci.remembered import Remembered
from registries.providers.shared.native_api import (
    NativeAPI,
    error_of,
    member,
    objects,
    segment,
    text_of,
)

REMOTE = "REMOTE"
VIRTUAL = "VIRTUAL"

# Links lack the key, and a HEAD response does not always have the digest.
QUIRKS = Quirks(misleading_links=True, checksum_header="X-Checksum-Sha256", takes_bearer=True)

# A row of an AQL response takes about 300 bytes.
SEARCH_BODY_BYTES = 16 * 1024 * 1024

_INDEX = "list.manifest.json"
_MANIFEST = "manifest.json"
_FIELDS = '"repo","path","name","sha256","created","modified","updated"'
# The first character of a tag, and the following ones.
_FIRST = string.ascii_letters + string.digits + "_"
_FOLLOWING = _FIRST + ".-"
_MAX_PREFIX_LENGTH = 2
_MAX_TAGS = 500_000
# The folders of index children and unfinished uploads, beside those of tags.
_NOT_A_TAG = re.compile(r"sha256(?::|__)[0-9a-f]{64}|_uploads|\.jfrog")

# One file in Artifactory.
Row = dict[str, Any]


class Artifactory:
    """The API of one platform. Thread-safe. ``base`` is its path, "" or "/tools"."""

    def __init__(self, api: NativeAPI, base: str = "") -> None:
        self._api = api
        self._base = f"{base}/artifactory/api"
        self._listings = Listings(api.origin, time.monotonic, QUIRKS)
        self._kinds = Remembered(lambda: (self._read_kinds(), float("inf")), time.monotonic)

    def kinds(self) -> Mapping[str, str]:
        """Return LOCAL, REMOTE, VIRTUAL or FEDERATED for each visible key."""
        return self._kinds.get()

    def images(self, key: str) -> Iterator[Page]:
        path = f"{self._base}/docker/{segment(key)}/v2/_catalog"
        return self._listings.pages(
            Listing(path, "repositories", is_repository),
            lambda target: self._api.ask("GET", target),
            lambda response: error_of(response, path),
        )

    def manifests(self, key: str, image: str) -> dict[str, Row]:
        """Return the file that each tag of ``image`` points to.

        If an index and one of its images share a folder, the tag is the index's.
        """
        found: dict[str, Row] = {}
        for row in self._rows(key, image, ""):
            folder, _, tag = text_of(row, "path").rpartition("/")
            is_tag = folder == image and not _NOT_A_TAG.fullmatch(tag)
            if is_tag and (tag not in found or text_of(row, "name") == _INDEX):
                found[tag] = row
            if len(found) > _MAX_TAGS:
                raise _untrusted(image, "does not end")
        return found

    def _rows(self, key: str, image: str, start: str) -> Iterator[Row]:
        """Yield rows of the tags that start with ``start``, in several searches if necessary."""
        rows = self._search(key, f"{image}/{start}*")
        if rows is not None:
            yield from rows
            return
        if len(start) >= _MAX_PREFIX_LENGTH:
            raise _untrusted(image, "is truncated")
        if start:
            yield from self._row_of(key, image, start)
        for letter in _FOLLOWING if start else _FIRST:
            yield from self._rows(key, image, start + letter)

    def _row_of(self, key: str, image: str, tag: str) -> list[Row]:
        """Return the row of the tag ``start`` itself."""
        rows = self._search(key, f"{image}/{tag}")
        if rows is None:
            raise _untrusted(image, "is truncated")
        return rows

    def _search(self, key: str, folders: str) -> list[Row] | None:
        """Return the rows, or None if the response is too large or truncated.

        There is no sort, limit or offset. They apply before hidden rows are removed, so that even
        an empty page would not be the end.
        """
        names = [{"name": _MANIFEST}, {"name": _INDEX}]
        criteria = json.dumps({"repo": key, "path": {"$match": folders}, "$or": names})
        query = f"items.find({criteria}).include({_FIELDS})"
        path = f"{self._base}/search/aql"
        try:
            document, _ = self._api.answer(
                "POST", path, body=query.encode(), headers={"Content-Type": "text/plain"}
            )
        except ResponseTooLarge:
            return None
        rows = objects(member(document, "results", path), path)
        return None if _is_truncated(document.get("range"), len(rows)) else rows

    def _read_kinds(self) -> Mapping[str, str]:
        path = f"{self._base}/repositories"
        document = self._api.get(path, [("packageType", "docker")])
        found = {
            text_of(one, "key"): text_of(one, "type").upper()
            for one in objects(document, path)
            if text_of(one, "packageType").lower() in ("docker", "")
        }
        return {key: kind for key, kind in sorted(found.items()) if key}


def _untrusted(image: str, why: str) -> PaginationUntrusted:
    return PaginationUntrusted(f"Pagination untrusted: the search for tags of {image} {why}")


def _is_truncated(extent: Any, rows: int) -> bool:
    if not isinstance(extent, dict):
        return False
    limit = extent.get("limit")
    return bool(extent.get("notification")) or (isinstance(limit, int) and 0 < limit <= rows)
