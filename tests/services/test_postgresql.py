from __future__ import annotations

import pytest
from django.db import connection


@pytest.mark.needs_postgresql
@pytest.mark.django_db
def test_the_cluster_is_reached_through_a_unix_socket_only() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inet_server_addr(), current_setting('listen_addresses')")
        assert cursor.fetchone() == (None, "")
