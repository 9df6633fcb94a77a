"""Small tables whose truth is known, for the tests of the miner."""

import numpy as np
import pandas as pd

PLANS = ["prepaid", "monthly", "yearly"]


def customers(rows: int = 1500, seed: int = 11) -> pd.DataFrame:
    """Customers whose leaving has known causes: short tenure, complaints, a monthly plan; one column is noise."""
    chance = np.random.default_rng(seed)
    tenure = chance.integers(1, 73, rows)
    complaints = chance.poisson(0.6, rows)
    plan = chance.choice(PLANS, rows)
    fee = chance.normal(60, 15, rows).round(2)
    log_odds = -1.6 - 0.04 * (tenure - 36) + 0.9 * complaints + 0.8 * (plan == "monthly")
    left = chance.random(rows) < 1 / (1 + np.exp(-log_odds))
    return pd.DataFrame(
        {
            "tenure": tenure,
            "complaints": complaints,
            "plan": plan,
            "fee": fee,
            "Churn": np.where(left, "Yes", "No"),
            "chance": 1 / (1 + np.exp(-log_odds)),
        }
    )
