"""Deliveries that arrive together are recorded in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from registries.models import Registry, Webhook
from registries.providers.shared.delivery import Action, DeliveryReport, PushEvent
from registries.webhook import lookup
from sync.models import PendingPush, PushDelivery, Verdict
from sync.pushes import noting, recording
from sync.pushes.group_commit import GroupCommit
from sync.pushes.pending import Target
from sync.pushes.recording import Outcome, Receipt
from tests.deliveries import webhook
from tests.factories import make_registry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

_PATIENCE_SECONDS = 10


@pytest.fixture
def registry() -> Registry:
    return make_registry()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(10) as pool:
        yield pool


def told(registry: Registry, repository: str = "team/app", delivery_id: str = "") -> Receipt:
    url = webhook(registry).url
    call = lookup.called("distribution", url.rpartition("/")[2], url)
    assert call is not None
    report = DeliveryReport("push", delivery_id, (PushEvent(Action.PUSHED, repository, "v1"),))
    return Receipt(call, Verdict.ACCEPTED, "", report, frozenset({Target(repository, "v1")}))


def refused(registry: Registry) -> Receipt:
    return Receipt(told(registry).call, Verdict.REFUSED, "Wrong", is_proven=False)


def verdicts(recorded: Sequence[Outcome]) -> list[Verdict]:
    return [one.verdict for one in recorded]


def kept(registry: Registry) -> list[str]:
    rows = PushDelivery.objects.filter(registry=registry).order_by("pk")
    return list(rows.values_list("verdict", flat=True))


def test_a_group_takes_no_more_queries_than_one(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "_TELL_AGAIN_AFTER", timedelta(hours=1))
    recording._record([told(registry, "team/first")])
    alone = told(registry, "team/second")
    with CaptureQueriesContext(connection) as of_one:
        recording._record([alone])
    group = [told(registry, f"team/app-{number}") for number in range(50)]
    with CaptureQueriesContext(connection) as of_many:
        recording._record(group)
    assert len(of_many) == len(of_one)
    assert len(kept(registry)) == 52
    assert PendingPush.objects.filter(registry=registry, due_at__isnull=False).count() == 52


def test_of_a_group_one_is_told_that_something_is_due(registry: Registry) -> None:
    group = [told(registry, f"team/app-{number}") for number in range(3)]
    assert [one.is_due for one in recording._record(group)] == [True, False, False]
    again = [told(registry, "team/app-0"), told(registry, "team/new"), told(registry, "team/new")]
    assert [one.is_due for one in recording._record(again)] == [False, True, False]


def test_of_a_group_one_is_told_for_each_registry(registry: Registry) -> None:
    other = make_registry(name="other", url="https://other.example.com")
    group = [told(registry), told(other), told(registry, "team/b"), told(other, "team/b")]
    assert [one.is_due for one in recording._record(group)] == [True, True, False, False]
    assert kept(registry) == kept(other) == [Verdict.ACCEPTED] * 2


def test_what_comes_twice_in_a_group_is_followed_once(registry: Registry) -> None:
    group = [told(registry, "team/app", "7"), told(registry, "team/app", "7"), told(registry)]
    expected = [Verdict.ACCEPTED, Verdict.DUPLICATE, Verdict.ACCEPTED]
    assert verdicts(recording._record(group)) == expected
    assert sorted(kept(registry)) == sorted(expected)
    assert verdicts(recording._record([told(registry, "team/app", "7")])) == [Verdict.DUPLICATE]


def test_of_a_group_too_only_so_many_are_kept_from_which_nothing_follows(
    registry: Registry,
) -> None:
    recording._record([refused(registry) for _ in range(7)])
    recording._record([told(registry), *[refused(registry) for _ in range(20)]])
    assert sorted(kept(registry)) == [Verdict.ACCEPTED, *[Verdict.REFUSED] * 10]


def test_of_a_group_what_is_too_much_is_left_to_the_next_full_sync(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noting, "MOST_PENDING", 1)
    recorded = recording._record([told(registry, "team/b"), told(registry, "team/a")])
    assert verdicts(recorded) == [Verdict.FAILED, Verdict.ACCEPTED]
    rows = PendingPush.objects.filter(registry=registry)
    assert [row.repository for row in rows] == ["team/a"]


def test_a_group_with_the_registrys_own_tells_that_it_was_heard_from(registry: Registry) -> None:
    recording._record([refused(registry)])
    assert Webhook.objects.get(registry=registry).last_received_at is None
    recording._record([refused(registry), told(registry), refused(registry)])
    assert Webhook.objects.get(registry=registry).last_received_at is not None


def test_that_it_was_heard_from_is_told_again_if_that_was_rolled_back(registry: Registry) -> None:
    gone = make_registry(name="gone", url="https://gone.example.com")
    receipts = [told(registry), told(gone)]
    Registry.objects.filter(pk=gone.pk).delete()
    with pytest.raises(IntegrityError):
        recording._record(receipts)
    recording._record(receipts[:1])
    assert Webhook.objects.get(registry=registry).last_received_at is not None


class Held:
    """The first transaction lasts until ``go_on``, so that others have to wait."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.groups: list[int] = []
        self.go_on = Event()
        self.group = GroupCommit(self._record)
        monkeypatch.setattr(recording, "_together", self.group)

    def _record(self, receipts: Sequence[Receipt]) -> list[Outcome]:
        self.groups.append(len(receipts))
        if len(self.groups) == 1:
            assert self.go_on.wait(_PATIENCE_SECONDS)
        return recording._record(receipts)

    def begin(
        self, threads: ThreadPoolExecutor, receipts: Sequence[Receipt]
    ) -> list[Future[Outcome]]:
        first, *others = receipts
        begun = [threads.submit(record, first)]
        until(lambda: self.groups == [1])
        begun += [threads.submit(record, receipt) for receipt in others]
        until(lambda: len(self.group._waiting) == len(others))
        return begun


def record(receipt: Receipt) -> Outcome:
    try:
        return recording.record(receipt)
    finally:
        connection.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_callers_who_wait_share_a_transaction(
    registry: Registry, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch)
    receipts = [told(registry, f"team/app-{number}", str(number)) for number in range(6)]
    begun = held.begin(threads, receipts)
    assert kept(registry) == []
    assert not any(one.done() for one in begun)
    held.go_on.set()
    recorded = [one.result(_PATIENCE_SECONDS) for one in begun]
    assert verdicts(recorded) == [Verdict.ACCEPTED] * 6
    assert held.groups == [1, 5]
    assert sorted(PushDelivery.objects.values_list("delivery_id", flat=True)) == list("012345")


def test_a_registry_that_was_deleted_meanwhile_spoils_no_others_delivery(
    registry: Registry, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = make_registry(name="gone", url="https://gone.example.com")
    held = Held(monkeypatch)
    receipts = [told(registry), told(registry, "team/b"), told(gone), told(registry, "team/c")]
    begun = held.begin(threads, receipts)
    Registry.objects.filter(pk=gone.pk).delete()
    held.go_on.set()
    with pytest.raises(IntegrityError):
        begun.pop(2).result(_PATIENCE_SECONDS)
    recorded = [one.result(_PATIENCE_SECONDS) for one in begun]
    assert verdicts(recorded) == [Verdict.ACCEPTED] * 3
    assert kept(registry) == [Verdict.ACCEPTED] * 3
    assert held.groups[:2] == [1, 3]
