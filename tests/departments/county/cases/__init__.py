"""The planted cases, one module for each family of rules."""
from __future__ import annotations

from . import catalogue, education, hardship, housing, linking, medical, movement, water
from .plan import Plan

FAMILIES = (medical, education, hardship, housing, water, linking, movement, catalogue)


def plant(plan: Plan) -> None:
    for family in FAMILIES:
        family.plant(plan)
