"""Handsets by their type allocation code (TAC), the first eight digits of an IMEI.

The list that comes along names the models that the demo operator sells and meets. An operator adds what his licence
of the GSMA's device database gives him, as `handsets.csv` in the data folder: tac, maker, maker_en, model,
generation, kind. It is read at each complete load.
"""

import csv
from pathlib import Path

from django.conf import settings

type Row = tuple[int | str, ...]

NAMES = ("tac", "maker", "maker_en", "model", "generation", "kind")
_MODELS = """
99000100,星河,Xinghe,星河 X1,5G,phone
99000101,星河,Xinghe,星河 Lite,5G,phone
99000102,星河,Xinghe,星河 N3,4G,phone
99000103,云帆,Yunfan,云帆 Pro,5G,phone
99000104,云帆,Yunfan,云帆 S,4G,phone
99000105,云帆,Yunfan,云帆 Tab,5G,tablet
99000106,青禾,Qinghe,青禾 80,5G,phone
99000107,青禾,Qinghe,青禾 60,4G,phone
99000108,长亭,Changting,长亭老人机,4G,feature
99000109,长亭,Changting,长亭经典,2G,feature
99000110,磐石,Panshi,磐石 CPE,5G,router
99000111,磐石,Panshi,磐石 M2M,4G,module
"""
"""Codes of the range kept for tests, makers that do not exist: real codes come with a licence."""


def handsets() -> list[Row]:
    """The rows of `dim_handset`; the operator's own list goes before ours."""
    known = {row[0]: row for row in csv.reader(_MODELS.strip().splitlines())}
    own = Path(settings.INSTALLATION.data) / "handsets.csv"
    if own.is_file():
        with own.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                if len(tac := (row.get("tac") or "").strip()) == 8 and tac.isdigit():
                    known[tac] = [tac, *((row.get(name) or "").strip() for name in NAMES[1:])]
    return [(int(tac), *row[1:]) for tac, row in sorted(known.items())]
