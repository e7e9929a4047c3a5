"""The error for products that list repositories by namespace, where the namespaces are unknown."""

from __future__ import annotations

from registries.errors import CatalogForbidden


class NamespacesNeeded(CatalogForbidden):
    hint = "List the namespaces to read in the connection's options"
