"""Check whether an IP address is on the public Internet.

For an IPv6 address that contains an IPv4 address (by translation or a tunnel), the IPv4 address
is checked too. The networks are from IANA's special-purpose registries (RFC 6890).
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias

IpAddress: TypeAlias = IPv4Address | IPv6Address

EMBEDDED_IPV4_NETWORKS: Final = (
    IPv6Network("::/96"),  # IPv4-compatible, RFC 4291 2.5.5.1
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped, RFC 4291 2.5.5.2
    IPv6Network("::ffff:0:0:0/96"),  # IPv4-translated, RFC 2765
    IPv6Network("64:ff9b::/96"),  # NAT64, RFC 6052
)
"""Networks whose last 32 bits are an IPv4 address."""
SIX_TO_FOUR: Final = IPv6Network("2002::/16")  # RFC 3056
TEREDO: Final = IPv6Network("2001::/32")  # RFC 4380
ISATAP_IDENTIFIERS: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})  # RFC 5214 6.1
GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""All addresses in public use (RFC 4291 2.4), without local addresses and multicast."""
SPECIAL_V6: Final = (
    IPv6Network("2001::/23"),  # protocol assignments: Teredo, benchmarking, ORCHID
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("3fff::/20"),  # documentation, RFC 9637
)
SPECIAL_V4: Final = (
    IPv4Network("0.0.0.0/8"),
    IPv4Network("100.64.0.0/10"),  # between a carrier and its customers, RFC 6598
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
    IPv4Network("198.18.0.0/15"),  # benchmarking
    IPv4Network("224.0.0.0/4"),  # multicast
    IPv4Network("240.0.0.0/4"),
)


def is_public_address(text: str) -> bool:
    """Whether ``text`` is an IP address on the public Internet."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return False
    return all(map(_is_globally_reachable, _reached_addresses(address)))


def _reached_addresses(address: IpAddress) -> Iterator[IpAddress]:
    """The addresses that a packet to ``address`` may reach."""
    if isinstance(address, IPv4Address):
        yield address
        return
    number = int(address)
    if any(address in network for network in EMBEDDED_IPV4_NETWORKS):
        yield _last_32_bits(number)
    elif address in SIX_TO_FOUR:
        yield _last_32_bits(number >> 80)
    elif address in TEREDO:
        yield _last_32_bits(number >> 64)
        yield _last_32_bits(~number)
    else:
        yield address
    if (number >> 32) & 0xFFFF_FFFF in ISATAP_IDENTIFIERS:
        yield _last_32_bits(number)


def _last_32_bits(number: int) -> IPv4Address:
    return IPv4Address(number & 0xFFFF_FFFF)


def _is_globally_reachable(address: IpAddress) -> bool:
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in SPECIAL_V4)
    return address in GLOBAL_UNICAST and not any(address in network for network in SPECIAL_V6)
