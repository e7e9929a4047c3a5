import pytest

from inventory.reconcile import Key, Observed, Recorded, reconcile, too_many_at_once
from registries.providers.shared.details import Details

KEY = Key("team/app", "latest")
ONE, TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
BIG = Details(size=48, platforms=("linux/amd64",))


def test_an_unknown_tag_is_added() -> None:
    changes = reconcile({}, {KEY: Observed(ONE)})
    assert changes.added == {KEY: Observed(ONE)}


def test_a_tag_with_a_new_digest_is_moved() -> None:
    changes = reconcile({KEY: Recorded(1, ONE)}, {KEY: Observed(TWO)})
    assert changes.moved[KEY].was.digest == ONE
    assert changes.moved[KEY].now.digest == TWO


def test_a_removed_tag_is_restored_even_with_a_new_digest() -> None:
    changes = reconcile({KEY: Recorded(1, ONE, active=False)}, {KEY: Observed(TWO)})
    assert changes.restored.keys() == {KEY}
    assert not changes.moved


def test_a_held_tag_is_released_when_it_is_found_again() -> None:
    held = Recorded(1, ONE, held=True)
    assert reconcile({KEY: held}, {KEY: Observed(ONE)}).released == (held,)


def test_unchanged_and_unobserved_tags_change_nothing() -> None:
    other = Key("team/app", "v1")
    assert not reconcile({KEY: Recorded(1, ONE), other: Recorded(2, TWO)}, {KEY: Observed(ONE)})


@pytest.mark.parametrize(
    ("gone", "active", "too_many"),
    [(20, 20, False), (21, 21, True), (20, 1000, False), (200, 1000, False), (201, 1000, True)],
)
def test_more_than_twenty_and_more_than_a_fifth_is_too_many(
    gone: int, active: int, too_many: bool
) -> None:
    assert too_many_at_once(gone, active) is too_many


def test_new_details_describe_an_image_without_moving_its_tag() -> None:
    changes = reconcile({KEY: Recorded(1, ONE)}, {KEY: Observed(ONE, details=BIG)})
    assert changes.described[KEY].now.details == BIG
    assert not changes.added
    assert not changes.moved


def test_known_details_are_not_written_again() -> None:
    assert not reconcile({KEY: Recorded(1, ONE, details=BIG)}, {KEY: Observed(ONE, details=BIG)})


def test_a_listing_without_details_keeps_the_recorded_ones() -> None:
    assert not reconcile({KEY: Recorded(1, ONE, details=BIG)}, {KEY: Observed(ONE)})


def test_a_listing_with_fewer_details_keeps_the_others() -> None:
    recorded = {KEY: Recorded(1, ONE, details=BIG)}
    assert not reconcile(recorded, {KEY: Observed(ONE, details=Details(size=48))})

    larger = reconcile(recorded, {KEY: Observed(ONE, details=Details(size=49))})
    assert larger.described[KEY].now.details == Details(size=49, platforms=BIG.platforms)


def test_a_missing_media_type_is_filled_in() -> None:
    changes = reconcile({KEY: Recorded(1, ONE, details=BIG)}, {KEY: Observed(ONE, INDEX)})
    assert changes.described[KEY].now == Observed(ONE, INDEX, BIG)
    assert not changes.moved


def test_a_listing_without_a_media_type_keeps_the_recorded_one() -> None:
    recorded = {KEY: Recorded(1, ONE, media_type=INDEX)}
    assert not reconcile(recorded, {KEY: Observed(ONE)})

    described = reconcile(recorded, {KEY: Observed(ONE, details=BIG)}).described
    assert described[KEY].now == Observed(ONE, INDEX, BIG)


def test_the_media_type_of_a_digest_never_changes_once_recorded() -> None:
    recorded = {KEY: Recorded(1, ONE, media_type=INDEX)}
    assert not reconcile(recorded, {KEY: Observed(ONE, MANIFEST)})

    described = reconcile(recorded, {KEY: Observed(ONE, MANIFEST, BIG)}).described
    assert described[KEY].now == Observed(ONE, INDEX, BIG)
