"""A worker of its own process for tests that kill it: moves every open order of a tenant again and again."""

import sys
from datetime import datetime, timedelta

import django


def main(tenant: int, begin: datetime, rounds: int) -> None:
    """Drive all open orders, an hour later in each round; print each round."""
    django.setup()
    from loopline.kernel import clock
    from loopline.kernel.scope import Scope, enter
    from loopline.orders.models import Order
    from loopline.orders.moving import drive

    for turn in range(rounds):
        with clock.frozen(begin + timedelta(minutes=20 * turn)):
            with enter(Scope(tenant)):
                waiting = list(
                    Order.objects.filter(completed_at=None).order_by("id").values_list("pk", flat=True)
                )
            for order in waiting:
                drive(tenant, order)
        print(turn, len(waiting), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), int(sys.argv[3]))
