"""Which addresses are places on the public Internet, whatever they are wrapped in."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.public_addresses import is_public_address

WRAPPINGS: list[Callable[[int], int]] = [
    lambda number: number,  # IPv4-compatible
    lambda number: 0xFFFF << 32 | number,  # IPv4-mapped
    lambda number: 0xFFFF << 48 | number,  # IPv4-translated
    lambda number: 0x64_FF9B << 96 | number,  # NAT64
    lambda number: 0x2002 << 112 | number << 80 | 1,  # 6to4
    lambda number: 0x2001 << 112 | 0x08080808 << 64 | (number ^ 0xFFFF_FFFF),  # Teredo's client
    lambda number: 0x2001 << 112 | number << 64 | (0x08080808 ^ 0xFFFF_FFFF),  # Teredo's server
    lambda number: 0x2A00 << 112 | 0x5EFE << 32 | number,  # ISATAP
    lambda number: 0x2A00 << 112 | 0x0200_5EFE << 32 | number,  # ISATAP
]
PRIVATE_ADDRESSES = [
    *("127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "0.0.0.0", "0.1.2.3", "100.64.0.1", "100.127.255.255", "192.0.0.1"),  # noqa: S104
    *("192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "198.19.255.255", "192.88.99.1"),
    *("224.0.0.1", "233.252.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
]


@pytest.mark.parametrize("wrap", WRAPPINGS)
@pytest.mark.parametrize("address", PRIVATE_ADDRESSES)
def test_what_is_not_public_is_not_when_wrapped(address: str, wrap: Callable[[int], int]) -> None:
    assert not is_public_address(address)
    assert not is_public_address(str(IPv6Address(wrap(int(IPv4Address(address))))))


@given(address=st.ip_addresses(v=4), wrap=st.sampled_from(WRAPPINGS))
def test_a_wrapped_address_is_as_public_as_what_it_holds(
    address: IPv4Address, wrap: Callable[[int], int]
) -> None:
    assert is_public_address(str(IPv6Address(wrap(int(address))))) == is_public_address(
        str(address)
    )


@pytest.mark.parametrize(
    "address",
    [
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "feff::1", "fc00::1", "fd12::1"),
        *("ff02::1", "ff0e::1", "100::1", "64:ff9b:1::a9fe:a9fe", "64:ff9b:1::808:808"),
        *("2001:db8::1", "3fff::1", "3fff:fff::1", "2001:2::1", "2001:20::1", "5f00::1", "4000::1"),
        *("x", "", "127.1", "1.2.3.4.5", "2001:db8::/32"),
    ],
)
def test_others_that_are_not_public(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize(
    "address",
    [
        *("93.184.216.34", "8.8.8.8", "172.32.0.1", "100.63.255.255", "1.1.1.1", "223.255.255.1"),
        *("2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808", "2002:808:808::1", "2003::1"),
    ],
)
def test_public_ones(address: str) -> None:
    assert is_public_address(address)
