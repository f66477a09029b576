"""Freeze the schema of a room into a new migration: `python scripts/freeze_schema.py ledger later_change`.

`<room>/schema/*.sql` says what holds today, readable from top to bottom, and can be applied again at any time. A migration never
reads it, since it must do tomorrow what it did when it was released: it carries a frozen copy. What a schema no longer holds is
dropped by hand in the migration that this writes.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "bekal"

_MIGRATION = """from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("{label}", "{previous}")]
    operations = [migrations.RunSQL(_FORWARD)]
"""


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("room", help="a room that has a schema folder, such as ledger")
    parser.add_argument("change", help="what changes, in one word or several with underscores")
    arguments = parser.parse_args(given)
    schema, migrations = PACKAGE / arguments.room / "schema", PACKAGE / arguments.room / "migrations"
    parts = sorted(schema.glob("*.sql"))
    if not parts or not re.fullmatch(r"[a-z0-9_]+", arguments.change):
        parser.error(f"{arguments.room} has no schema, or the change is not named in small letters")
    previous = max(path.stem for path in migrations.glob("0*.py"))
    name = f"{int(previous[:4]) + 1:04}_{arguments.change}"
    (migrations / "sql").mkdir(exist_ok=True)
    text = "\n".join(part.read_text(encoding="utf-8") for part in parts)
    (migrations / "sql" / f"{name}.sql").write_text(text, encoding="utf-8")
    label = re.findall(r'label = "(\w+)"', (PACKAGE / arguments.room / "apps.py").read_text(encoding="utf-8"))[0]
    migration = _MIGRATION.format(name=name, label=label, previous=previous)
    (migrations / f"{name}.py").write_text(migration, encoding="utf-8")
    print(f"Wrote {arguments.room}/migrations/{name}.py and its frozen copy.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
