"""The products of collections, prepared in short transactions before they are shown.

No other writer waits longer than one of these takes. What a killed process has prepared is gone on
with by whoever wants the same next.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from gateway.engine.catalogue.collections import CollectionRule, RuleIndex
from gateway.services.ports.collection_memberships import (
    NO_POSITION,
    ConditionTexts,
    PickedMember,
    PreparedMembership,
)
from gateway.services.ports.database import Database
from gateway.services.ports.ids import IdGenerator

PRODUCTS_PER_PAGE = 1_000
"""Products that are looked at together, outside of transactions."""
MAX_MEMBERS_WRITTEN = 2_000
"""Rows that one transaction writes, or a few more: a tenth of a second on a slow machine."""
PAUSE_SECONDS = 0.01
"""Between two transactions: who waits for SQLite's only writer asks for it every millisecond."""

Match: TypeAlias = tuple[ConditionTexts, set[str]]
"""What rules look at of a product, and the ids of the memberships that it belongs to."""


# Without slots, because the key is computed once.
@dataclass(frozen=True)
class MembershipRequest:
    """The products that the collection with this handle is to have: by a rule, or picked."""

    handle: str
    rule: CollectionRule | None = None
    product_ids: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """The same for the same products by the same means, and for nothing else."""
        conditions = self.rule and [
            self.rule.match,
            [
                (condition.field, condition.relation, condition.value)
                for condition in self.rule.conditions
            ],
        ]
        text = json.dumps([self.handle, conditions, self.product_ids])
        return hashlib.sha256(text.encode()).hexdigest()


async def prepare_memberships(
    requests: Iterable[MembershipRequest], *, database: Database, ids: IdGenerator
) -> None:
    """Prepare the products of all these memberships, or go on where that was begun."""
    requests_by_key = {request.key: request for request in requests}
    if not requests_by_key:
        return
    prepared = await _begin(requests_by_key, database, ids)
    unfinished = [membership for membership in prepared.values() if not membership.is_complete]
    await _add_picked(
        [
            (membership, requests_by_key[membership.key].product_ids)
            for membership in unfinished
            if membership.rule is None
        ],
        database,
    )
    await _look_at_products(
        [membership for membership in unfinished if membership.rule is not None], database
    )


async def _begin(
    requests: Mapping[str, MembershipRequest], database: Database, ids: IdGenerator
) -> dict[str, PreparedMembership]:
    """What is prepared of ``requests`` by key; from here on whoever saves a product knows of it."""
    now = await database.now()
    async with database.begin() as work:
        await work.collections.lock()
        await work.collection_memberships.make_room(
            sum(request.rule is not None for request in requests.values())
        )
        prepared = await work.collection_memberships.find(list(requests))
        added = [
            PreparedMembership(
                ids.new("cms"),
                key,
                request.rule,
                is_complete=request.rule is None and not request.product_ids,
            )
            for key, request in requests.items()
            if key not in prepared
        ]
        await work.collection_memberships.add(added, now)
    return prepared | {membership.key: membership for membership in added}


# -- picked by hand


async def _add_picked(
    picked: Sequence[tuple[PreparedMembership, tuple[str, ...]]], database: Database
) -> None:
    last_positions = {membership.id: len(product_ids) - 1 for membership, product_ids in picked}
    memberships = {membership.id: membership for membership, _ in picked}
    for members in _split_members(picked):
        reached = {member.membership_id: member.position for member in members}
        now = await database.now()
        async with database.begin() as work:
            await work.collections.lock()
            await work.collection_memberships.place_picked(members)
            await work.collection_memberships.save_progress(
                [
                    replace(
                        memberships[id],
                        position=position,
                        is_complete=position == last_positions[id],
                    )
                    for id, position in reached.items()
                ],
                now,
            )
        await asyncio.sleep(PAUSE_SECONDS)


def _split_members(
    picked: Iterable[tuple[PreparedMembership, tuple[str, ...]]],
) -> Iterator[list[PickedMember]]:
    """The products that are not written yet, as many at once as one transaction writes."""
    members: list[PickedMember] = []
    for membership, product_ids in picked:
        for position in range(membership.position + 1, len(product_ids)):
            members.append(PickedMember(membership.id, position, product_ids[position]))
            if len(members) == MAX_MEMBERS_WRITTEN:
                yield members
                members = []
    if members:
        yield members


# -- by a rule


async def _look_at_products(memberships: Sequence[PreparedMembership], database: Database) -> None:
    """Put all products into the memberships whose rules they meet."""
    if not memberships:
        return
    rules = RuleIndex({each.id: each.rule for each in memberships if each.rule is not None})
    after = min(membership.position for membership in memberships)
    async for page in _list_pages(after, database):
        # It takes long, and nobody waits for it.
        matches = [(texts, rules.matching_ids(texts.keys)) for texts in page]
        for part in _split_matches(matches):
            after = part[-1][0].position
            await _write_matches(part, after, memberships, rules, database)
    now = await database.now()
    async with database.begin() as work:
        await work.collection_memberships.save_progress(
            [replace(each, position=after, is_complete=True) for each in memberships], now
        )


async def _list_pages(after: int, database: Database) -> AsyncIterator[tuple[ConditionTexts, ...]]:
    """What rules look at of all products after a position in the catalogue, some at a time."""
    while True:
        async with database.read() as reading:
            page = await reading.collection_memberships.list_condition_texts(
                PRODUCTS_PER_PAGE, after
            )
        if not page:
            return
        yield page
        after = page[-1].position


def _split_matches(matches: Iterable[Match]) -> Iterator[list[Match]]:
    """``matches`` in parts, each of which one transaction writes."""
    part: list[Match] = []
    count = 0
    for match in matches:
        part.append(match)
        count += len(match[1])
        if count >= MAX_MEMBERS_WRITTEN:
            yield part
            part, count = [], 0
    if part:
        yield part


async def _write_matches(
    matches: Sequence[Match],
    position: int,
    memberships: Sequence[PreparedMembership],
    rules: RuleIndex,
    database: Database,
) -> None:
    """Write where products belong, all up to ``position``."""
    now = await database.now()
    async with database.begin() as work:
        await work.collections.lock()
        await work.collection_memberships.place_by_rules(matches, rules)
        await work.collection_memberships.save_progress(
            [replace(membership, position=position) for membership in memberships], now
        )
    await asyncio.sleep(PAUSE_SECONDS)


async def count_products(
    requests: Mapping[str, MembershipRequest], database: Database
) -> dict[str, int]:
    """How many products memberships would have, by collection handle; nothing is written."""
    counts = {handle: len(request.product_ids) for handle, request in requests.items()}
    rules = RuleIndex(
        {handle: request.rule for handle, request in requests.items() if request.rule is not None}
    )
    if rules.rules:
        async for page in _list_pages(NO_POSITION, database):
            for texts in page:
                for handle in rules.matching_ids(texts.keys):
                    counts[handle] += 1
    return counts


# -- what no collection shows any more


async def delete_dropped_memberships(database: Database) -> None:
    """Delete the products that collections had before, some at a time."""
    deleted_count = 1
    while deleted_count:
        async with database.begin() as work:
            deleted_count = await work.collection_memberships.delete_dropped(MAX_MEMBERS_WRITTEN)
        await asyncio.sleep(PAUSE_SECONDS)
