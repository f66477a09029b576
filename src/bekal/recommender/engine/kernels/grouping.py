"""Who shares what: people in buckets of those whose rows of groups are the same, and who of them asks the same question."""

from typing import Final

from bekal.recommender.engine.kernels.compiling import compiled
from bekal.recommender.engine.kernels.shapes import Codes, Order, People, PersonKeys, Slots

BITS: Final = 2**31 - 1
FACTOR: Final = 1_540_483_477


@compiled
def add_code(keys: PersonKeys, codes: Codes, attribute: int, levels: int) -> None:
    """Put one more attribute into each person's key, -1 being one more level."""
    for person in range(keys.size):
        keys[person] = keys[person] * (levels + 1) + codes[person, attribute] + 1


@compiled
def add_length(keys: PersonKeys, indptr: PersonKeys, middles: PersonKeys) -> None:
    """Put the place of the length that serves each person into the key: of `middles`, as many as are below the person's own."""
    for person in range(keys.size):
        own, place = indptr[person + 1] - indptr[person], 0
        while place < middles.size and own > middles[place]:
            place += 1
        keys[person] = keys[person] * (middles.size + 1) + place


@compiled
def sort_by_key(keys: PersonKeys, starts: PersonKeys, order: Order) -> None:
    """Write people in the order of their keys, which are below `starts.size` - 1, and where each key begins."""
    starts[:] = 0
    for key in keys:
        starts[key + 1] += 1
    for key in range(1, starts.size):
        starts[key] += starts[key - 1]
    for person in range(keys.size):
        key = keys[person]
        order[starts[key]] = person
        starts[key] += 1
    for key in range(starts.size - 1, 0, -1):
        starts[key] = starts[key - 1]
    starts[0] = 0


@compiled
def mixed(number: int) -> int:
    """A number of 31 bits in which all bits of a number's lower 62 count."""
    folded = ((number ^ (number >> 31)) & BITS) * FACTOR
    return (folded ^ (folded >> 29)) & BITS


@compiled
def question_of(people: People, person: int, span: int) -> int:
    """A number that is equal for equal questions of one bucket."""
    first, last = people.indptr[person], people.indptr[person + 1]
    number = mixed(people.balances[person])
    for at in range(first, last):
        number += mixed(2 * int(people.taken[at]) + (1 if at >= last - span else 2))
    return number


@compiled
def ask_the_same(one: int, other: int, people: People, span: int) -> bool:
    """Whether two of one bucket have the same balance, took the same, and the same of it in the last `span`."""
    begin, end = people.indptr[one], people.indptr[one + 1]
    their_end = people.indptr[other + 1]
    if people.balances[one] != people.balances[other] or their_end - people.indptr[other] != end - begin:
        return False
    ahead = people.indptr[other] - begin
    for at in range(begin, end):
        found = False
        for place in range(begin, end):
            if people.taken[place + ahead] == people.taken[at]:
                found = (place >= end - span) == (at >= end - span)
        if not found:
            return False
    return True


@compiled
def find_alike(person: int, question: int, people: People, span: int, slots: Slots) -> int:
    """Somebody noted in `slots` who asks the same; else -1, and the person is noted.

    Args:
        slots: a power of two of them, more than people are noted; -1 where nobody is.
    """
    at = question & (slots.size - 1)
    while slots[at] >= 0:
        if ask_the_same(person, slots[at], people, span):
            return slots[at]
        at = (at + 1) & (slots.size - 1)
    slots[at] = person
    return -1
