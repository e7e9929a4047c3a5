from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """A fault of a vendor's API. Each fake shows it in its vendor's words."""

    SHORT_PAGES = "pages hold fewer rows than requested, though more follow"
    PAGE_SIZE_REFUSED = "the largest page size is smaller than documented"
    DRIFT = "rows are inserted before the first one while pages are being read"
    LOST_CURSOR = "the cursor of a later page is no longer valid"
    ENDLESS = "the next page is always the same one"
    FOREIGN_LINKS = "links to a next page lead to another host"
    CATALOG_DENIED = "the credentials may read repositories, but not list them"
    REPOSITORY_DENIED = "the credentials may not read one repository"
    RENAMED = "one repository is listed, but missing when it is read"
    WRONG_LOGIN = "the credentials are rejected"
    EXPIRED_LOGIN = "the token is rejected once, after some requests"
    THROTTLED = "the next request is rate limited, with a short wait"
    WEB_PAGE = "every response is an HTML login page with status 200"
    REDIRECTED = "every response is a redirect to another host"
    COMPRESSED = "every response is compressed, although plain text was requested"
    CUT_OFF = "every response has truncated JSON in a complete body"
    ECHO = "refusals echo the request, including the credentials"
