from __future__ import annotations

import pytest

from registries.providers.shared.login import basic_login, basic_or_bearer_login
from registries.transport.endpoint import Credential

BASIC = "Basic asO8cmdlbjpzw6ljcmV0"


def test_a_user_name_and_secret_use_basic_authentication() -> None:
    login = Credential("jürgen", "sécret")

    assert basic_login(login).headers() == {"Authorization": BASIC}
    assert basic_or_bearer_login(login).headers() == {"Authorization": BASIC}


def test_a_secret_without_a_user_name_is_a_bearer_token() -> None:
    headers = basic_or_bearer_login(Credential("", "abc")).headers()

    assert headers == {"Authorization": "Bearer abc"}


@pytest.mark.parametrize("login", [basic_login, basic_or_bearer_login])
def test_no_header_is_sent_without_credentials(login: object) -> None:
    assert callable(login)
    assert login(None).headers() == {}
