from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from harborguard.access.models import AuditEntry
from registries import services
from registries.transport.endpoint import Credential
from tests.factories import make_registry

pytestmark = pytest.mark.django_db
LOGIN = Credential("robot", "canary-secret")


def rotate() -> str:
    output = StringIO()
    call_command("rotate_credential_keys", stdout=output, stderr=output)
    return output.getvalue()


def test_every_credential_moves_to_the_first_key(settings: Settings) -> None:
    registries = [make_registry(login=LOGIN) for _ in range(2)]
    settings.CREDENTIAL_KEYS = f"next:{'ab' * 32},{settings.CREDENTIAL_KEYS}"
    assert "2 credentials moved" in rotate()
    assert "0 credentials moved" in rotate()
    told = AuditEntry.objects.filter(action="credential.rotated").order_by("object_id")
    assert [entry.object_id for entry in told] == [registry.pk for registry in registries]
    assert told[0].changes["credential.key"]["to"] == "next"
    settings.CREDENTIAL_KEYS = f"next:{'ab' * 32}"
    assert [services.login_of(services.as_stored(one.pk)) for one in registries] == [LOGIN, LOGIN]


def test_one_that_cannot_be_read_is_named_and_the_others_move(settings: Settings) -> None:
    ours = settings.CREDENTIAL_KEYS
    make_registry(name="b", login=LOGIN)
    settings.CREDENTIAL_KEYS = f"gone:{'cd' * 32}"
    make_registry(name="a", login=LOGIN)
    settings.CREDENTIAL_KEYS = f"next:{'ab' * 32},{ours}"
    with pytest.raises(CommandError, match="1 of them could not be decrypted"):
        rotate()
    assert "canary" not in repr(services.keyring())
