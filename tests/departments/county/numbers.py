"""Identity numbers of nobody: the region prefix 99 is allocated to no place."""
from __future__ import annotations

from datetime import date
from random import Random

from .days import compact, widen

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
# Three kinds of people, told apart by the place that gave them their number.
ROSTER_PLACES = ("990121", "990121", "990121", "990121", "990122", "990103", "990125", "990181")
STRANGER_PLACES = ("990221", "990222", "990302", "990421", "991101", "992201", "993303", "995128")
PLANTED_STRANGER_PLACE = "999021"


def check_character(digits17: str) -> str:
    total = 0
    for digit, weight in zip(digits17, WEIGHTS):
        total += int(digit) * weight
    return CHECKS[total % 11]


def make(place: str, birth: date, male: bool, order: int) -> str:
    """`order` 0..499 tells people of one sex born on one day in one place apart."""
    digits = f"{place}{compact(birth)}{2 * order + (1 if male else 0):03d}"
    return digits + check_character(digits)


def is_valid(number: str) -> bool:
    return len(number) == 18 and number[:17].isdigit() and check_character(number[:17]) == number[17]


class Numbers:
    """Gives each roster person a number of their own."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._taken: set[str] = set()

    def new(self, birth: date, male: bool, place: str | None = None) -> str:
        rng = self._rng
        while True:
            where = place or ROSTER_PLACES[int(rng.random() * len(ROSTER_PLACES))]
            number = make(where, birth, male, int(rng.random() * 500))
            if number not in self._taken:
                self._taken.add(number)
                return number

    def twins(self, birth: date, male: bool) -> tuple[str, str]:
        """Two numbers that differ in one of their first 17 digits (and in the check)."""
        while True:
            first = self.new(birth, male)
            if first[16] not in "89":
                digits = first[:16] + str(int(first[16]) + 2)
                second = digits + check_character(digits)
                if second not in self._taken:
                    self._taken.add(second)
                    return first, second

    def ending_in_x(self, birth: date, male: bool) -> str:
        return self._until(birth, male, lambda number: number[17] == "X")

    def _until(self, birth: date, male: bool, wanted) -> str:
        while True:
            number = self.new(birth, male)
            if wanted(number):
                return number


def mistype(rng: Random, number: str) -> str:
    """One digit of the sequence part wrong, so that the check digit no longer fits."""
    place = 14 + int(rng.random() * 3)
    wrong = (int(number[place]) + 1 + int(rng.random() * 8)) % 10
    return number[:place] + str(wrong) + number[place + 1:]


def transpose(number: str) -> str:
    """Two neighbouring digits swapped; the check digit notices unless they are equal."""
    for place in (15, 14, 4, 16, 12, 3):
        a, b = number[place], number[place + 1]
        swapped = number[:place] + b + a + number[place + 2:]
        if a != b and b != "X" and not is_valid(swapped):
            return swapped
    return mistype(Random(number), number)


def to_15(number: str) -> str:
    return number[:6] + number[8:17] if number[6:8] == "19" else number


def to_certificate(number: str, kind: int = 4, level: int = 3) -> str:
    return f"{number}{kind}{level}"


def scientific(number: str) -> str:
    """What a spreadsheet makes of it: the last digits are gone."""
    return f"{number[0]}.{number[1:4]}E+17"


def dirty(rng: Random, number: str) -> str:
    """As departments type it: nearly always right; every form here still leads to the number."""
    chance = rng.random()
    if chance < 0.985:
        return number
    if chance < 0.988 and number[6:8] == "19":
        return to_15(number)
    if chance < 0.991:
        return number.lower()
    if chance < 0.993:
        return widen(number)
    if chance < 0.995:
        return "'" + number
    if chance < 0.997:
        return f" {number} "
    return number.replace("X", "×")


def dirty_beyond(rng: Random, number: str) -> str:
    """For records that no `absent` condition waits for: may be unreadable as well."""
    chance = rng.random()
    if chance < 0.990:
        return dirty(rng, number)
    if chance < 0.995:
        return mistype(rng, number)
    if chance < 0.997:
        return transpose(number)
    if chance < 0.9985:
        return ""
    return scientific(number)
