"""One process that creates transactions with django-hordak, from one of many accounts to one of a few, for some seconds.

    hordak_payer.py prepare ACCOUNTS | hordak_payer.py pay START SECONDS SEED

Prints how many transactions there were. START is when it begins, in seconds since 1970.
"""

import random
import sys
import time

PROVIDERS = 100


def main() -> None:
    import django

    django.setup()
    if sys.argv[1] == "prepare":
        prepare(int(sys.argv[2]))
    else:
        print(pay(start=float(sys.argv[2]), seconds=float(sys.argv[3]), seed=int(sys.argv[4])))


def prepare(accounts: int) -> None:
    from django.core.management import call_command
    from hordak.models import Account, AccountType
    from moneyed import Money

    call_command("migrate", verbosity=0)
    state = Account.objects.create(name="state", code="1", type=AccountType.asset, currencies=["IDR"])
    for number in range(PROVIDERS):
        Account.objects.create(name=f"provider {number}", code=f"2{number:03}", type=AccountType.liability, currencies=["IDR"])
    for number in range(accounts):
        person = Account.objects.create(
            name=f"person {number}", code=f"3{number:05}", type=AccountType.liability, currencies=["IDR"]
        )
        state.transfer_to(person, Money(1_000_000, "IDR"))


def pay(*, start: float, seconds: float, seed: int) -> int:
    from hordak.models import Account
    from moneyed import Money

    draw = random.Random(seed)
    people = list(Account.objects.filter(code__startswith="3"))
    providers = list(Account.objects.filter(code__startswith="2"))
    time.sleep(max(0.0, start - time.time()))
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        draw.choice(people).transfer_to(draw.choice(providers), Money(1, "IDR"), description="purchase")
        count += 1
    return count


if __name__ == "__main__":
    main()
