"""Products that list repositories of a namespace only, and may not tell which there are."""

from __future__ import annotations

from registries.errors import CatalogForbidden


class NamespacesNeeded(CatalogForbidden):
    hint = "Name the namespaces to read: the option of the connection that lists them"
