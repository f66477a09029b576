"""The shelves of the dashboard, and the report that they came into view."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from bekal.catalogue.models import Training
from bekal.recommender.dashboard.impressions import MOST_REPORTED, mark_rendered, show_shelves
from bekal.recommender.dashboard.shelves import Row
from bekal.recommender.models import Shelf
from bekal.web.participant.access import participant_of
from bekal.web.standing import Offer, Standing, offer_to


@dataclass(frozen=True, slots=True)
class ShelfOnPage:
    """A shelf with its trainings as this participant sees them."""

    row: Row
    offers: list[Offer]

    @property
    def is_bundle(self) -> bool:
        return self.row.shelf is Shelf.BUNDLE

    @property
    def trainings(self) -> list[Training]:
        return [offer.training for offer in self.offers]

    @property
    def used_percent(self) -> int:
        """The share of the balance that a bundle uses."""
        total_idr, remaining_idr = self.row.total_idr or 0, self.row.remaining_idr or 0
        return total_idr * 100 // max(total_idr + remaining_idr, 1)


def shelves_on_page(standing: Standing) -> list[ShelfOnPage]:
    """The shelves of a participant who can spend, by the arm; that they are shown is recorded."""
    rows = show_shelves(enrolment=standing.enrolment, balance_idr=standing.wallet.training_idr)
    return [ShelfOnPage(row, [offer_to(standing, item.training, reason=item.reason) for item in row.items]) for row in rows]


@require_POST
@never_cache
@login_required
def rendered(request: HttpRequest) -> HttpResponse:
    """Take a page's report of shelves that came into view; what is no key is passed over."""
    user = participant_of(request)
    mark_rendered(user=user, keys=[key for text in request.POST.getlist("key")[:MOST_REPORTED] for key in _keys(text)])
    return HttpResponse(status=204)


def _keys(text: str) -> list[UUID]:
    try:
        return [UUID(text)]
    except ValueError:
        return []
