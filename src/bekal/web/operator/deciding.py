"""What an officer is shown before deciding about runs, and what must come back with the decision."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bekal.access.models import Role
from bekal.core.errors import Invalid
from bekal.ledger.models import Run
from bekal.ledger.runs.queries import digest_of
from bekal.web.operator.access import officer
from bekal.web.operator.fresh import has_fresh_code
from bekal.web.operator.shown import Shown

# As the page writes it, with or without its signs: Rp1.071.150.000, 1071150000.
# No longer than a sum can be: Python refuses to read numbers of thousands of digits.
_TYPED: Final = re.compile(r"(?:Rp)?\s*(\d{1,3}(?:\.\d{3}){1,8}|\d{1,27})", re.ASCII | re.IGNORECASE)


class TotalWrong(Invalid):
    """The approver typed another total than the page shows, or none."""

    code = "total_wrong"
    message = _("Type the total again, as it stands on this page: {total_idr}.")


@dataclass(frozen=True, slots=True)
class Decision:
    """Proposed runs that are decided together, as one officer is shown them.

    Attributes:
        seen: the digest of what is shown; it comes back with the approval.
        types_total: whether the approver types the total again.
        needs_code: whether the session's last one-time code is too old.
    """

    named: Sequence[Shown]
    seen: str
    total_idr: int
    types_total: bool
    needs_code: bool

    @property
    def is_several(self) -> bool:
        """Whether the total is not that of one run."""
        return len(self.named) > 1


def decision(request: HttpRequest, named: Sequence[Shown]) -> Decision:
    """What this officer is to see of runs that wait; asks the database nothing."""
    runs = [shown.run for shown in named]
    is_approver = officer(request).role == Role.APPROVER
    return Decision(
        named=named,
        seen=digest_of(runs),
        total_idr=_total_idr(runs),
        types_total=is_approver and is_large(_total_idr(runs)),
        needs_code=not has_fresh_code(request),
    )


def require_typed_total(request: HttpRequest, runs: Sequence[Run]) -> None:
    """Raises TotalWrong where the runs are large together and the form's `total` is not their total."""
    require_typed(request, _total_idr(runs))


def require_typed(request: HttpRequest, total_idr: int) -> None:
    """Raises TotalWrong where a total is large and the form's `total` is not it."""
    if not is_large(total_idr):
        return
    typed = _TYPED.fullmatch(request.POST.get("total", "").strip())
    if typed is None or int(typed[1].replace(".", "")) != total_idr:
        raise TotalWrong(total_idr=total_idr)


def is_large(total_idr: int) -> bool:
    """Whether who approves such a total types it again."""
    return total_idr > settings.BEKAL_TYPED_TOTAL_IDR


def _total_idr(runs: Sequence[Run]) -> int:
    return sum(run.bound_idr for run in runs)
