from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from harborguard.access.models import ApiKey, AuditEntry, Role, User
from harborguard.embedded.launcher.first_admin import create_first_admin
from tests.factories import make_user

pytestmark = pytest.mark.both_databases


PROJECT = Path(__file__).resolve().parents[3]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what the command prints; stderr must be empty."""
    call_command("create_api_key", *arguments)
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def refused(*arguments: str) -> str:
    before = User.objects.count(), ApiKey.objects.count(), AuditEntry.objects.count()
    with pytest.raises(CommandError) as refusal:
        call_command("create_api_key", *arguments)
    assert (User.objects.count(), ApiKey.objects.count(), AuditEntry.objects.count()) == before
    message = str(refusal.value)
    assert "\n" not in message
    return message


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_it_prints_a_key_that_opens_what_its_role_may(
    role: Role, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = run(capsys, "ci", "--role", role.label)

    assert printed.endswith("\n")
    answer = Client().get("/api/me", headers={"authorization": f"Bearer {printed.strip()}"})
    me = answer.json()
    assert (me["username"], me["effectiveRole"], me["key"]["expiresAt"]) == ("ci", role.label, None)
    assert not User.objects.get().has_usable_password()


@pytest.mark.django_db
def test_both_the_account_and_the_key_are_in_the_trail(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "ci", "--role", "developer")

    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "user.created",
        "key.created",
    ]


@pytest.mark.django_db
def test_a_key_of_somebody_expires_when_it_is_told_to(capsys: pytest.CaptureFixture[str]) -> None:
    user = make_user(Role.ADMIN)

    run(capsys, "ci", "--role", "viewer", "--user", user.username, "--expires-days", "30")

    key = ApiKey.objects.get()
    assert (key.user, key.role) == (user, Role.VIEWER)
    assert key.expiry is not None
    assert abs(key.expiry - timezone.now() - timedelta(days=30)) < timedelta(minutes=5)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ci", "--role", "root"], "--role: 'root' is not a role; choose viewer, developer, admin"),
        (["ci", "--role", "20"], "--role"),
        (["ci", "--role", "viewer", "--user", "nobody"], "no account is called 'nobody'"),
        (
            ["ci", "--role", "admin", "--user", "ada"],
            "--role: ada is developer: the role can be at most that.",
        ),
        (["ada", "--role", "viewer"], "--user ada, or choose another name"),
        (["my ci", "--role", "viewer"], "NAME: Enter a valid username"),
        (["", "--role", "viewer"], "NAME: "),
        (["ci", "--role", "viewer", "--expires-days", "0"], "--expires-days"),
        (["ci", "--role", "viewer", "--expires-days", "-1"], "--expires-days"),
        (["ci", "--role", "viewer", "--expires-days", "soon"], "--expires-days"),
        (["ci", "--role", "viewer", "--expires-days", "9" * 30], "--expires-days"),
        (["ci", "--role", "viewer", "--user", "off"], "--user: off is deactivated."),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_written(arguments: list[str], told: str) -> None:
    make_user(Role.DEVELOPER, username="ada")
    make_user(Role.DEVELOPER, username="off", is_active=False)

    assert told in refused(*arguments)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["ci", "admin"])
def test_the_first_admin_is_made_after_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, name, "--role", "admin")

    made = create_first_admin()

    assert made is not None
    assert Client().login(username=made.username, password=made.password)
    assert create_first_admin() is None


def manage(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env={**own, "HARBORGUARD_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_on_a_new_installation_a_shell_reads_the_key_alone(tmp_path: Path) -> None:
    arguments = ("create_api_key", "ci", "--role", "developer")
    unready = manage(tmp_path, *arguments)
    assert (unready.returncode, unready.stdout) == (1, "")
    manage(tmp_path, "migrate", "--verbosity=0")

    made, again = manage(tmp_path, *arguments), manage(tmp_path, *arguments)

    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith("hg_")
    assert len(made.stdout.split()) == 1
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.count("\n") == 1
