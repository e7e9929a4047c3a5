import pytest

from inventory.models import Image, ImageEvent, Repository
from registries.models import Credential, Registry
from registries.transport.endpoint import Credential as Login
from sync.lifecycle import LeaseLost, renew
from sync.models import SyncRun
from sync.removal import delete_registry
from tests.factories import SOMEBODY, make_claim, make_registry
from tests.fakes.http_server import fake_server
from tests.fakes.registry import serve_repositories
from tests.syncing import inventory_of, sync

pytestmark = pytest.mark.django_db


def test_a_deleted_connection_leaves_nothing_and_its_neighbour_everything() -> None:
    with fake_server() as server:
        serve_repositories(server, ["team/app"], ["v1", "v2"])
        ours, theirs = (
            make_registry(url=server.url, insecure=True, login=Login("me", "secret"))
            for _ in range(2)
        )
        for registry in (ours, theirs):
            sync(registry)
    delete_registry(Registry.objects.get(pk=ours.pk), by=SOMEBODY)
    assert list(Registry.objects.all()) == [theirs]
    for model in (Repository, Image, ImageEvent, SyncRun, Credential):
        assert set(model.objects.values_list("registry", flat=True)) == {theirs.pk}
    assert inventory_of(theirs)["team/app"].keys() == {"v1", "v2"}


def test_a_worker_in_the_middle_of_it_writes_nothing_more() -> None:
    registry = make_registry()
    claim = make_claim(registry)
    delete_registry(registry, by=SOMEBODY)
    with pytest.raises(LeaseLost):
        renew(claim)
