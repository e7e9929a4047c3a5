from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """What a vendor's API may do to a reader; each vendor does it in its own words."""

    SHORT_PAGES = "pages hold fewer rows than asked for, though more follow"
    PAGE_SIZE_REFUSED = "the largest page size is smaller than documented"
    DRIFT = "rows are inserted before the first one while pages are being read"
    LOST_CURSOR = "a further page's cursor is no longer known"
    ENDLESS = "the next page is always the same one"
    FOREIGN_LINKS = "links to a next page lead to another host"
    CATALOG_DENIED = "the login may read repositories, but not list them"
    REPOSITORY_DENIED = "one repository may not be read"
    RENAMED = "one repository is listed, but gone when it is asked for"
    WRONG_LOGIN = "the login is refused"
    EXPIRED_LOGIN = "the login's token is refused once, after some requests"
    THROTTLED = "the next request is refused for asking too much, with a short wait"
    WEB_PAGE = "everything is answered with a login page in HTML and status 200"
    REDIRECTED = "everything is answered with a redirect to another host"
    COMPRESSED = "everything is answered compressed, though it was asked for plain"
    CUT_OFF = "everything is answered with JSON that ends too early, in a whole answer"
    ECHO = "refusals repeat what was sent, the login included"
