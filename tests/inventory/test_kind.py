import pytest

from inventory.kind import Kind, kind_of

HEX = "a" * 64


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        (f"sha256-{HEX}.sig", Kind.SIGNATURE),
        (f"sha256-{HEX}.att", Kind.ATTESTATION),
        (f"sha256-{HEX}.sbom", Kind.SBOM),
        (f"sha256-{HEX}", Kind.REFERRERS),
        (f"sha512-{'b' * 128}", Kind.REFERRERS),
    ],
)
def test_signatures_and_attestations_are_not_images(tag: str, kind: Kind) -> None:
    assert kind_of(tag) == kind


@pytest.mark.parametrize(
    "tag", ["latest", "sha256-abc", f"sha256-{HEX}.sig2", f"v1-sha256-{HEX}", f"sha256-{HEX}.SIG"]
)
def test_any_other_tag_is_an_image(tag: str) -> None:
    assert kind_of(tag) == Kind.IMAGE
