from __future__ import annotations

import pytest
from django.conf import settings as configuration
from django.core.exceptions import ImproperlyConfigured
from limits import parse
from pytest_django import Settings

from harborguard.access import limits


def test_the_limits_are_those_that_the_documentation_names() -> None:
    documented = {
        "sync": parse("30/minute"),
        "test-connection": parse("10/minute"),
        "keys": parse("60/hour"),
        "login-account": parse("10/hour"),
        "login-address": parse("20/hour"),
    }
    assert documented == configuration.LIMITS


def test_each_limit_counts_by_itself_and_for_each_identity_by_itself(
    settings: Settings,
) -> None:
    settings.LIMITS = limits.configured({"sync": "1/minute", "test-connection": "1/minute"})

    assert limits.hit("sync", "user:1").allowed
    assert limits.hit("sync", "user:2").allowed
    assert limits.hit("test-connection", "user:1").allowed
    assert not limits.hit("sync", "user:1").allowed


def test_what_is_given_back_may_be_taken_again(settings: Settings) -> None:
    settings.LIMITS = limits.configured({"sync": "1/minute"})
    limits.hit("sync", "user:1")

    limits.give_back("sync", "user:1")

    assert limits.hit("sync", "user:1").allowed
    assert not limits.hit("sync", "user:1").allowed


def test_a_limit_that_is_off_stops_nobody(settings: Settings) -> None:
    settings.LIMITS = limits.configured({"sync": " OFF "})

    assert all(limits.hit("sync", "user:1").allowed for _ in range(100))
    limits.give_back("sync", "user:1")


@pytest.mark.parametrize("text", ["", "many", "0/minute", "-1/minute", "10/moment", "1/day;2/hour"])
def test_a_limit_that_cannot_be_read_names_its_setting(text: str) -> None:
    with pytest.raises(
        ImproperlyConfigured, match=r"^HARBORGUARD_LIMIT_LOGIN_ACCOUNT is .*or to off$"
    ):
        limits.configured({"login-account": text})
