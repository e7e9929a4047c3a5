from __future__ import annotations

import ssl
from pathlib import Path

from tests.services.certificates import CertificateAuthority


def loopback_tls(authority: CertificateAuthority, folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue_for_loopback(folder))
    return context
