"""Draw the pictures of docs/architecture.md again: `python scripts/draw_architecture.py`.

The rooms come from the layers that import-linter holds and from the page's table; the flows of money from the database, which is
asked for every pair of accounts. Where things are on the picture, and what a flow is called, is all that is written here.
"""

import sys
import textwrap
import tomllib
from collections.abc import Iterator
from html import escape
from itertools import product
from pathlib import Path
from typing import Final

from django.db import IntegrityError, connection, transaction

from bekal.cli.command import Database
from bekal.config.preparation import prepared_database
from bekal.ledger.accounts import TREASURY, AccountKind, account_id

ROOT: Final = Path(__file__).parents[1]
PICTURES: Final = ROOT / "docs" / "pictures"
Flow = tuple[AccountKind, AccountKind]

_WIDTH: Final = 360  # of a phone, so that letters keep their size there
_STYLE: Final = """
.ground { fill: #fff } .box { fill: #eef4f1; stroke: #12543f; stroke-width: 1.5 } .pool { fill: #fff; stroke-dasharray: 5 3 }
text { font: 12.5px system-ui, "Segoe UI", Roboto, sans-serif; fill: #1b2a24 } .name { font-size: 14.5px; font-weight: 650 }
.middle { text-anchor: middle } .end { text-anchor: end } .line { fill: none; stroke: #45584f; stroke-width: 1.5 }
.head { fill: #45584f; stroke: #45584f } .hollow { fill: #fff; stroke: #45584f }
@media (prefers-color-scheme: dark) {
  .ground { fill: #14201b } .box { fill: #1f3129; stroke: #7fd1b0 } .pool, .hollow { fill: #14201b } text { fill: #e6efeb }
  .line, .head, .hollow { stroke: #a9bcb3 } .head { fill: #a9bcb3 }
}"""
_MARKERS: Final = "".join(
    f'<marker id="{name}" viewBox="-1 -1 12 12" refX="9" refY="5" markerWidth="9" markerHeight="9" orient="auto-start-reverse">'
    f'<path class="{name}" d="M0 0L10 5L0 10z"/></marker>'
    for name in ("head", "hollow")
)


def picture(title: str, height: int, parts: list[str]) -> str:
    """A picture as wide as a phone, for light and dark pages."""
    size = f'width="{_WIDTH * 5 // 4}" height="{height * 5 // 4}" viewBox="0 0 {_WIDTH} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">\n<title>{escape(title)}</title>'
    ground = f'<rect class="ground" width="{_WIDTH}" height="{height}"/>'
    return "\n".join([head, f"<style>{_STYLE}\n</style>", f"<defs>{_MARKERS}</defs>", ground, *parts, "</svg>\n"])


def box(x: int, y: int, width: int, height: int, classes: str = "box") -> str:
    return f'<rect class="{classes}" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>'


def words(x: int, y: int, text: str, classes: str = "start") -> str:
    return f'<text class="{classes}" x="{x}" y="{y}">{escape(text)}</text>'


def line(path: str, *, start: str = "", end: str = "head") -> str:
    ends = "".join(f' marker-{place}="url(#{name})"' for place, name in (("start", start), ("end", end)) if name)
    return f'<path class="line" d="{path}"{ends}/>'


# The rooms


def layers() -> list[list[str]]:
    """The rooms from top to bottom; those side by side together."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (rooms,) = (one["layers"] for one in contracts if one["type"] == "layers" and "containers" not in one)
    return [[room.strip().removeprefix("bekal.") for room in layer.split("|")] for layer in rooms]


def jobs() -> dict[tuple[str, ...], str]:
    """What the page's table says of each row's rooms."""
    table = (ROOT / "docs" / "architecture.md").read_text().split("| room | job |\n|---|---|\n", 1)[1].split("\n\n", 1)[0]
    rows = (row.strip("| ").split(" | ", 1) for row in table.splitlines())
    return {tuple(rooms.replace("`", "").split(", ")): job.replace("`", "") for rooms, job in rows}


def rooms_picture() -> str:
    said, parts, top = jobs(), [], 12
    left, width = 38, _WIDTH - 50
    for layer in layers():
        text = textwrap.wrap(said[tuple(layer)], 44, break_on_hyphens=False)
        height = 29 + 16 * len(text)
        parts.append(box(left, top, width, height))
        for place, room in enumerate(layer):
            middle = left + (2 * place + 1) * width // (2 * len(layer))
            parts.append(words(middle, top + 19, room, "name middle"))
            if place:
                parts.append(line(f"M{left + place * width // len(layer)} {top}v26", end=""))
        parts += [words(left + width // 2, top + 36 + 16 * row, each, "middle") for row, each in enumerate(text)]
        top += height + 7
    note = words(0, 0, "a room imports only from rooms below it", "middle")
    beside = [line(f"M19 16V{top - 12}"), f'<g transform="translate(13 {top // 2}) rotate(-90)">{note}</g>']
    return picture("The rooms, from top to bottom", top + 5, [*beside, *parts])


# The flows of money

_PLACES: Final = {  # the middle of each account's box
    AccountKind.TREASURY: (180, 28),
    AccountKind.FUND: (180, 102),
    AccountKind.GRANTING: (180, 176),
    AccountKind.RETURNED: (52, 262),
    AccountKind.TRAINING: (180, 262),
    AccountKind.INCENTIVE: (300, 262),
    AccountKind.ESCROW: (180, 372),
    AccountKind.PAYABLE: (180, 446),
    AccountKind.CLEARING: (300, 510),
    AccountKind.PAID: (300, 584),
}
_HALF_WIDTH, _HALF_HEIGHT = 42, 17
_T, _I, _F, _TREASURY = AccountKind.TRAINING, AccountKind.INCENTIVE, AccountKind.FUND, AccountKind.TREASURY
_G, _E, _P, _C = AccountKind.GRANTING, AccountKind.ESCROW, AccountKind.PAYABLE, AccountKind.CLEARING
_PAID, _R = AccountKind.PAID, AccountKind.RETURNED
# How each flow is drawn: its path, and what it is called, with the place and the class of the words.
_DRAWN: Final[dict[Flow, tuple[str, str, int, int, str]]] = {
    (_TREASURY, _F): ("M180 45V85", "fund", 190, 69, "start"),
    (_F, _G): ("M172 119V159", "allocate", 163, 143, "end"),
    (_G, _F): ("M188 159V119", "what is left", 197, 143, "start"),
    (_G, _T): ("M180 193V245", "grant", 190, 223, "start"),
    (_G, _I): ("M222 176H300V245", "grant", 308, 215, "start"),
    (_R, _G): ("M66 245V176H138", "won appeal", 74, 223, "start"),
    (_R, _TREASURY): ("M34 245V28H138", "remit", 42, 143, "start"),
    (_T, _R): ("M138 262H94", "return", 116, 256, "middle"),
    (_I, _R): ("M266 279V314H52V279", "return", 60, 308, "start"),
    (_T, _E): ("M172 279V355", "buy", 163, 338, "end"),
    (_E, _T): ("M188 355V279", "refund", 197, 338, "start"),
    (_E, _P): ("M180 389V429", "release", 171, 413, "end"),
    (_I, _C): ("M280 279V493", "instalment", 272, 413, "end"),
    (_C, _I): ("M294 493V279", "rejected", 301, 413, "start"),
    (_P, _C): ("M196 463V503H258", "settle", 204, 497, "start"),
    (_C, _P): ("M258 519H164V463", "rejected", 190, 536, "start"),
    (_C, _PAID): ("M292 527V567", "paid", 283, 551, "end"),
    (_PAID, _C): ("M308 567V527", "bounced", 317, 551, "start"),
}


def flows(key: str) -> set[Flow]:
    """From which kind of account to which the database lets money move, under a key."""
    accounts = {kind: TREASURY if kind is _TREASURY else account_id(7, kind) for kind in AccountKind}
    owners = [account for kind, account in accounts.items() if kind > 0]
    return {
        (debit, credit)
        for debit, credit in product(accounts, accounts)
        if any(_is_sound(owner, accounts[debit], accounts[credit], key) for owner in owners)
    }


def _is_sound(owner: int, debit: int, credit: int, key: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT ledger_transfer_is_sound(%s::bigint, %s::bigint, %s::bigint, 1::bigint, 0::bigint, %s, sha256(''))",
                [owner, debit, credit, key],
            )
            return bool(cursor.fetchone()[0])
    except IntegrityError:
        return False


def flows_picture() -> str:
    """Raises ValueError: a flow of the database is not drawn here, or none of the database is."""
    usual = flows("key")
    corrected = {(credit, debit) for debit, credit in flows("correct:1") - usual}
    if usual != _DRAWN.keys() or not corrected <= usual:
        raise ValueError(f"draw these flows, or draw them no longer: {sorted((usual ^ _DRAWN.keys()) | (corrected - usual))}")
    return picture("The flows of money", 668, [*_lines(corrected), *_boxes()])


def _lines(corrected: set[Flow]) -> Iterator[str]:
    for flow, (path, name, x, y, classes) in _DRAWN.items():
        yield line(path, start="hollow" if flow in corrected else "")
        yield words(x, y, name, classes)
    yield line("M20 630H60", start="hollow", end="")
    yield words(68, 634, "only a correction goes this way")


def _boxes() -> Iterator[str]:
    for kind, (x, y) in _PLACES.items():
        classes = "box" if kind > 0 else "box pool"
        yield box(x - _HALF_WIDTH, y - _HALF_HEIGHT, 2 * _HALF_WIDTH, 2 * _HALF_HEIGHT, classes)
        yield words(x, y + 5, kind.name.lower(), "name middle")
    for x, classes, text in ((20, "box", "never below zero"), (180, "box pool", "a pool: a sum")):
        yield box(x, 643, 20, 16, classes)
        yield words(x + 28, 656, text)


def main() -> int:
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / "rooms.svg").write_text(rooms_picture(), encoding="utf-8")
    with prepared_database(Database.SCRATCH):
        (PICTURES / "flows.svg").write_text(flows_picture(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
