import pytest

from registries.errors import CredentialUnreadable
from registries.secrets import Keyring, key_id_of, seal, unseal

OLD = "old:" + "11" * 32
NEW = "new:" + "22" * 32
PLACE = "registry 1 at https://registry.example.com"


def test_a_secret_comes_back_for_the_place_it_was_sealed_to() -> None:
    ring = Keyring.parse(NEW)
    assert unseal(seal("s3cret ü", bound_to=PLACE, keyring=ring), bound_to=PLACE, keyring=ring) == (
        "s3cret ü"
    )


def test_an_envelope_does_not_open_at_another_place() -> None:
    ring = Keyring.parse(NEW)
    envelope = seal("s3cret", bound_to=PLACE, keyring=ring)
    with pytest.raises(CredentialUnreadable):
        unseal(envelope, bound_to="registry 1 at https://evil.example.com", keyring=ring)


def test_the_first_key_seals_and_all_of_them_open() -> None:
    envelope = seal("s3cret", bound_to=PLACE, keyring=Keyring.parse(OLD))
    both = Keyring.parse(f"{NEW},{OLD}")
    assert unseal(envelope, bound_to=PLACE, keyring=both) == "s3cret"
    assert key_id_of(seal("s3cret", bound_to=PLACE, keyring=both)) == "new"


def test_a_missing_key_is_named_without_showing_the_secret() -> None:
    envelope = seal("s3cret", bound_to=PLACE, keyring=Keyring.parse(OLD))
    with pytest.raises(CredentialUnreadable, match="'old'"):
        unseal(envelope, bound_to=PLACE, keyring=Keyring.parse(NEW))


@pytest.mark.parametrize("envelope", ["", "v1.new.x", "v2.new.AAAA.AAAA", "v1.new.!!!!.AAAA"])
def test_a_damaged_envelope_is_unreadable(envelope: str) -> None:
    with pytest.raises(CredentialUnreadable):
        unseal(envelope, bound_to=PLACE, keyring=Keyring.parse(NEW))


def test_two_envelopes_of_one_secret_differ() -> None:
    ring = Keyring.parse(NEW)
    first, second = (seal("s3cret", bound_to=PLACE, keyring=ring) for _ in range(2))
    assert first != second


@pytest.mark.parametrize("text", ["", "nokey", "a:zz", "a:1122", f"{OLD},{OLD}", f":{'11' * 32}"])
def test_unusable_keys_are_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match="key") as refusal:
        Keyring.parse(text)
    assert "1122" not in str(refusal.value)


def test_a_keyring_does_not_show_its_keys() -> None:
    assert "22" not in repr(Keyring.parse(NEW))
