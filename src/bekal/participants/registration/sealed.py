"""What somebody who registers has typed so far, sealed as one text."""

import json
from typing import Final

from bekal.core.rotation import SealedTable
from bekal.core.sealing import DataKey, Place
from bekal.participants.models import Draft

_TABLE: Final = "participants_draft"
SEALED: Final = SealedTable(
    table=_TABLE,
    columns=("answers_sealed",),
    select="""
        SELECT user_id, key_salt, answers_sealed FROM participants_draft WHERE user_id > %s
        ORDER BY user_id LIMIT %s FOR NO KEY UPDATE
    """,
    update="""
        UPDATE participants_draft AS draft SET answers_sealed = fresh.answers
        FROM unnest(%s::bigint[], %s::bytea[]) AS fresh (id, answers) WHERE draft.user_id = fresh.id
    """,
)


def seal_answers(draft: Draft, answers: dict[str, str]) -> None:
    """Put answers in the fields of a draft, which is not saved."""
    draft.answers_sealed = DataKey(bytes(draft.key_salt)).seal(json.dumps(answers), _place(draft))


def answers_in(draft: Draft) -> dict[str, str]:
    """The answers of a draft, by the names of what was asked."""
    opened: dict[str, str] = json.loads(DataKey(bytes(draft.key_salt)).unseal(bytes(draft.answers_sealed), _place(draft)))
    return opened


def _place(draft: Draft) -> Place:
    return Place(_TABLE, "answers_sealed", draft.pk)
