"""Loading the SQL that is written by hand: `<room>/sql/<name>.sql`."""

from functools import cache
from importlib.resources import files


@cache
def load_sql(room: str, name: str) -> str:
    """The text of a statement of a room.

    Args:
        room: its folder, such as `ledger`.
        name: of the file below the room's `sql`, without its ending; a folder comes before a slash, as in `audit/chain`.
    """
    return files("bekal").joinpath(room, "sql", f"{name}.sql").read_text(encoding="utf-8")
