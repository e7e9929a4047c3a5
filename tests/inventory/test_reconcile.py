import pytest

from inventory.reconcile import Key, Observed, Recorded, reconcile, too_many_at_once
from registries.providers.shared.details import Details

KEY = Key("team/app", "latest")
ONE, TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64


def test_an_unknown_tag_is_added() -> None:
    changes = reconcile({}, {KEY: Observed(ONE)})
    assert changes.added == {KEY: Observed(ONE)}


def test_a_tag_that_points_elsewhere_is_moved() -> None:
    changes = reconcile({KEY: Recorded(1, ONE)}, {KEY: Observed(TWO)})
    assert changes.moved[KEY].was.digest == ONE
    assert changes.moved[KEY].now.digest == TWO


def test_a_removed_tag_that_is_back_is_restored_even_where_it_moved() -> None:
    changes = reconcile({KEY: Recorded(1, ONE, active=False)}, {KEY: Observed(TWO)})
    assert changes.restored.keys() == {KEY}
    assert not changes.moved


def test_a_held_tag_that_is_seen_again_is_released() -> None:
    held = Recorded(1, ONE, held=True)
    assert reconcile({KEY: held}, {KEY: Observed(ONE)}).released == (held,)


def test_an_unchanged_tag_and_an_unseen_one_change_nothing() -> None:
    other = Key("team/app", "v1")
    assert not reconcile({KEY: Recorded(1, ONE), other: Recorded(2, TWO)}, {KEY: Observed(ONE)})


@pytest.mark.parametrize(
    ("gone", "active", "too_many"),
    [(20, 20, False), (21, 21, True), (20, 1000, False), (200, 1000, False), (201, 1000, True)],
)
def test_more_than_a_fifth_and_more_than_twenty_is_too_many(
    gone: int, active: int, too_many: bool
) -> None:
    assert too_many_at_once(gone, active) is too_many


BIG = Details(size=48, platforms=("linux/amd64",))


def test_what_is_newly_known_of_an_image_is_no_change_of_its_tag() -> None:
    changes = reconcile({KEY: Recorded(1, ONE)}, {KEY: Observed(ONE, details=BIG)})
    assert changes.described[KEY].now.details == BIG
    assert not changes.added
    assert not changes.moved


def test_what_is_known_already_is_not_described_again() -> None:
    assert not reconcile({KEY: Recorded(1, ONE, details=BIG)}, {KEY: Observed(ONE, details=BIG)})


def test_an_answer_without_details_takes_none_away() -> None:
    assert not reconcile({KEY: Recorded(1, ONE, details=BIG)}, {KEY: Observed(ONE)})


def test_an_answer_that_tells_less_takes_nothing_away() -> None:
    recorded = {KEY: Recorded(1, ONE, details=BIG)}
    assert not reconcile(recorded, {KEY: Observed(ONE, details=Details(size=48))})

    larger = reconcile(recorded, {KEY: Observed(ONE, details=Details(size=49))})
    assert larger.described[KEY].now.details == Details(size=49, platforms=BIG.platforms)


KIND = "application/vnd.oci.image.index.v1+json"


def test_a_media_type_that_was_not_told_at_first_is_filled_in() -> None:
    changes = reconcile({KEY: Recorded(1, ONE, details=BIG)}, {KEY: Observed(ONE, KIND)})
    assert changes.described[KEY].now == Observed(ONE, KIND, BIG)
    assert not changes.moved


def test_a_media_type_that_is_known_stays() -> None:
    recorded = {KEY: Recorded(1, ONE, media_type=KIND)}
    assert not reconcile(recorded, {KEY: Observed(ONE)})

    described = reconcile(recorded, {KEY: Observed(ONE, details=BIG)}).described
    assert described[KEY].now == Observed(ONE, KIND, BIG)
