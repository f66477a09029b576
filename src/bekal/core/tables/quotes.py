"""Where the quotation marks of a record open and close."""

from collections.abc import Sequence


def without_blanks(text: str, delimiter: str) -> tuple[str, bool]:
    """A record without the blanks between a quotation mark that closes a cell and what ends it; whether a cell is left open."""
    kept: list[str] = []
    is_inside, is_start, position = False, True, 0
    while position < len(text):
        character = text[position]
        kept.append(character)
        position += 1
        if is_inside and character == '"':
            if text[position : position + 1] == '"':
                kept.append('"')
                position += 1
                continue
            is_inside = False
            behind = len(text) - len(text[position:].lstrip(" "))
            if text[behind : behind + 1] in {delimiter, "\r", "\n", ""}:
                position = behind
        elif not is_inside and character in {delimiter, "\r", "\n"}:
            is_start = True
        elif not is_inside and is_start and character != " ":
            is_inside, is_start = character == '"', False
    return "".join(kept), is_inside


def are_several(lines: Sequence[str], delimiter: str, columns: int) -> bool:
    """Whether two lines of a record have a whole record's cells each, if quotation marks mean nothing: so a stray one opened."""
    return columns > 1 and sum(line.count(delimiter) == columns - 1 for line in lines) > 1


def breaks(cell: str) -> bool:
    return "\n" in cell or "\r" in cell


def place_of_quote(text: str, delimiter: str) -> int:
    """The cell, counted from 0, whose quotation mark is not closed at the cell's end."""
    place, is_inside, is_start, position = 0, False, True, 0
    while position < len(text):
        character, following = text[position], text[position + 1 : position + 2]
        if is_inside and character == '"':
            if following == '"':
                position += 1
            elif text[position + 1 :].lstrip(" ")[:1] in {delimiter, "\r", "\n", ""}:
                is_inside = False
            else:
                return place
        elif not is_inside and character == delimiter:
            place, is_start = place + 1, True
        elif not is_inside and is_start and character != " ":
            is_inside, is_start = character == '"', False
        position += 1
    return place
