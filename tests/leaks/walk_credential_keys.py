"""The keys that seal the stored logins: moved on, and lost."""

from __future__ import annotations

import secrets

from tests.leaks.registries import ROBOT, Registries
from tests.leaks.site import Site


def rotation(site: Site, registries: Registries) -> None:
    real = registries.real
    newest, oldest = site.installation.environment["HARBORGUARD_CREDENTIAL_KEYS"].split(",")
    lost = f"lost:{secrets.token_hex(32)}"
    for name, keys in (("old key", f"{oldest},{newest}"), ("lost key", lost)):
        site.command(
            *("connect_registry", name, real.url, "--insecure", "--no-sync"),
            *("--username", ROBOT, "--password-stdin"),
            stdin=real.password,
            HARBORGUARD_CREDENTIAL_KEYS=keys,
        )
    said = site.command("rotate_credential_keys", fails=True)
    assert "1 credentials moved" in said
    assert "lost key: The stored credentials were encrypted with key 'lost'" in said
    for name, opens in (("old key", True), ("lost key", False)):
        path = f"/api/registries/{site.registry(name)['id']}"
        assert site.script.post(f"{path}/test-connection").json()["ok"] == opens
        assert site.script.post(f"{path}/sync").status_code == 202
        assert (site.synced(name)["status"] == "CONNECTED") == opens
    assert site.admin.get("/readyz").status_code == 503
