"""What a server of the site loads in each of its processes."""

import gc
import os

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application


def _ready() -> WSGIHandler:
    """The site, with the titles, the recommender's model and its kernels loaded, so that no reader waits for that."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bekal.config.site_settings")
    site = get_wsgi_application()
    from bekal.catalogue.queries import warm_up_search
    from bekal.recommender.serving.published import warm_up

    warm_up_search()
    warm_up()
    # All that is loaded by now stays. Looking through it for garbage would stop the process for as long as several pages take.
    gc.collect()
    gc.freeze()
    return site


application = _ready()
