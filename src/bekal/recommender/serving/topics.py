"""What counts as one topic, of which a bundle holds one training at most."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.catalogue.models import Field
from bekal.recommender.engine import UNKNOWN

_CODES: Final = {field.value: code for code, field in enumerate(sorted(Field)) if field is not Field.OTHER}


def topic_codes(fields: Sequence[str]) -> NDArray[np.int32]:
    """int32, one for each training: its field; `UNKNOWN` for `Field.OTHER`, whose trainings need have nothing in common."""
    return np.array([_CODES.get(field, UNKNOWN) for field in fields], dtype=np.int32)
