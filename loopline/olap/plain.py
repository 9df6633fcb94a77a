"""Answers in plain values, for programs."""

from decimal import Decimal
from typing import Any

from loopline.olap.address import address, member_text
from loopline.olap.question import Answer, Value


def as_data(answer: Answer) -> dict[str, Any]:
    """An answer in plain values, row by row."""
    return {
        "cube": answer.question.cube,
        "address": address(answer.question),
        "as_of": answer.as_of,
        "snapshot": answer.snapshot,
        "rows": list(answer.rows.levels),
        "columns": list(answer.columns.levels),
        "heads": [
            {"measure": str(head.measured), "label": head.label, "unit": head.unit, "decimals": head.decimals}
            for head in answer.heads
        ],
        "cells": [
            {
                "row": [member_text(member) for member in answer.rows.keys[row]],
                "column": [member_text(member) for member in answer.columns.keys[column]],
                "figures": [_text(figure) for figure in figures],
            }
            for (row, column), figures in sorted(answer.values.items())
        ],
        "cut": answer.cut,
        "note": answer.note,
    }


def _text(figure: Value) -> str | None:
    if figure is None:
        return None
    return f"{figure:f}" if isinstance(figure, Decimal) else str(figure)
