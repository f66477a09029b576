"""One process in which random people buy random trainings, as the pages do it, for some seconds.

    bekal_buyer.py prepare | bekal_buyer.py pay START SECONDS SEED

Prints how many purchases there were. START is when it begins, in seconds since 1970.
"""

import random
import sys
import time
from datetime import date

TRAININGS = 500
PRICE_IDR = 1_000
_DAY = date(2021, 3, 2)


def main() -> None:
    import django

    django.setup()
    if sys.argv[1] == "prepare":
        prepare()
    else:
        print(pay(start=float(sys.argv[2]), seconds=float(sys.argv[3]), seed=int(sys.argv[4])))


def prepare() -> None:
    from bekal.catalogue.services import NewTraining, add_trainings

    add_trainings(
        trainings=[
            NewTraining(code=f"T-{number}", title=f"Training {number}", provider=f"Provider {number % 100}", price_idr=PRICE_IDR)
            for number in range(TRAININGS)
        ]
    )


def pay(*, start: float, seconds: float, seed: int) -> int:
    from uuid import uuid4

    from bekal.catalogue.models import Training
    from bekal.core import clock
    from bekal.participants.models import Enrolment
    from bekal.purchases.errors import AlreadyBought
    from bekal.purchases.services import buy_training

    draw = random.Random()
    draw.seed(f"{seed}/{start}")
    people = list(Enrolment.objects.select_related("wave"))
    trainings = list(Training.objects.all())
    time.sleep(max(0.0, start - time.time()))
    count, end = 0, time.perf_counter() + seconds
    with clock.at(clock.start_of(_DAY)):
        while time.perf_counter() < end:
            try:
                buy_training(
                    enrolment=draw.choice(people), training=draw.choice(trainings), price_idr=PRICE_IDR, request_key=uuid4()
                )
            except AlreadyBought:
                continue
            count += 1
    return count


if __name__ == "__main__":
    main()
