from __future__ import annotations

from django.contrib.auth.password_validation import validate_password

from harborguard.access.passwords import made_password


def test_a_password_that_is_made_passes_the_rules_and_is_never_made_again() -> None:
    made = {made_password() for _ in range(200)}

    for password in made:
        validate_password(password)
    assert len(made) == 200
    assert not set("".join(made)) & set("01ilo")
