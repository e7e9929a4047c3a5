from __future__ import annotations

import pytest

from registries.transport.origin import Origin


@pytest.mark.parametrize(
    ("text", "origin", "written"),
    [
        ("https://reg.example.com", Origin("https", "reg.example.com", 443), None),
        ("http://reg:5000", Origin("http", "reg", 5000), None),
        ("HTTPS://Reg.Example.COM:443", Origin("https", "reg.example.com", 443), None),
        ("http://10.0.0.5:80", Origin("http", "10.0.0.5", 80), "http://10.0.0.5"),
        ("https://[::1]:5000", Origin("https", "::1", 5000), "https://[::1]:5000"),
        ("https://[0:0:0:0::1]", Origin("https", "::1", 443), "https://[::1]"),
    ],
)
def test_it_reads_and_writes_an_origin(text: str, origin: Origin, written: str | None) -> None:
    parsed = Origin.parse(text)
    assert parsed == origin
    assert str(parsed) == (written or text.lower().removesuffix(":443"))
    assert Origin.parse(str(parsed)) == parsed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "reg.example.com",
        "ftp://reg.example.com",
        "https://",
        "https://reg.example.com/",
        "https://reg.example.com/v2",
        "https://reg.example.com?x",
        "https://user@reg.example.com",
        "https://169.254.169.254\\@reg.example.com",
        "https://reg.example.com%2eevil.com",
        "https://reg\t.example.com",
        "https://reg.example.com\n",
        " https://reg.example.com",
        "https://reg..example.com",
        "https://-reg.example.com",
        "https://reg.example.com:0",
        "https://reg.example.com:65536",
        "https://reg.example.com:",
        "https://2130706433",
        "https://0x7f000001",
        "https://0177.0.0.1",
        "https://127.1",
        "https://256.1.1.1",
        "https://[::1",
        "https://[:::]",
        "https://[fe80::1%25eth0]",
        "https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
        f"https://{'a' * 64}.example.com",
        f"https://{'a.' * 130}com",
    ],
)
def test_it_refuses_what_two_readers_could_read_as_two_things(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(write|the) "):
        Origin.parse(text)
