from __future__ import annotations

import pytest
from celery import Celery
from django.conf import settings


@pytest.mark.needs_redis
def test_celery_sends_and_takes_a_message() -> None:
    app = Celery(broker=settings.CELERY_BROKER_URL, set_as_current=False)
    with app.connection() as connection, connection.SimpleQueue("tests.services") as queue:
        queue.put({"run": 1})
        message = queue.get(timeout=10)
        message.ack()
        assert message.payload == {"run": 1}
