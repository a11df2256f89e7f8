"""Text at the door: width, names, villages, identity numbers."""
from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Iterator

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
SEPARATORS = "·•‧・･⋅∙\u0387˙．。.﹒-−–—,、*"
GAPS = "?？□■*＊〓\ufffd"
VILLAGE_ENDINGS = ("村民委员会", "村委会", "居委会", "社区", "民委员会", "村")
NOTHING = ("", "-", "--", "—", "/", "无", "0", "空", "NULL", "null")


def fold(text: str | None) -> str:
    """Full width to half width, zero-width and control characters dropped, ends trimmed."""
    out = []
    for c in text or "":
        if "！" <= c <= "～":
            c = chr(ord(c) - 0xFEE0)
        elif c == "\u3000" or c == "\u00a0":
            c = " "
        elif c in ZERO_WIDTH or unicodedata.category(c) == "Cc":
            continue
        out.append(c)
    return "".join(out).strip()


def without_blanks(text: str | None) -> str:
    return "".join(fold(text).split())


def is_private(c: str) -> bool:
    return unicodedata.category(c) == "Co"


def name_key(name: str | None) -> str:
    """A name for comparison: no blanks, no separators, letters upper case; gaps stay gaps."""
    kept = [c for c in without_blanks(name).upper() if c not in SEPARATORS or c in "*?"]
    return "".join(kept)


def names_agree(a: str, b: str) -> bool:
    """Keys agree: equal, or one has a gap where the other has a character."""
    if a == b:
        return True
    if len(a) != len(b):
        # a star may be a separator in one writing and a gap in another
        a, b = a.replace("*", ""), b.replace("*", "")
        if a == b:
            return True
    return len(a) == len(b) and all(x == y or x in GAPS or y in GAPS or is_private(x) or is_private(y)
                                    for x, y in zip(a, b))


def shown_name(name: str) -> str:
    """As a list shows it: one kind of separator, no blanks between Han characters."""
    text = fold(name)
    for separator in "•‧・･⋅∙\u0387˙．.﹒*":
        text = text.replace(separator, "·")
    return "".join(text.split()) if "·" in text or not text.isascii() else text


def mask_name(name: str) -> str:
    shown = shown_name(name)
    return shown[:1] + "*" * min(2, max(0, len(shown) - 1))


def village_key(name: str | None) -> str:
    key = without_blanks(name)
    for ending in VILLAGE_ENDINGS:
        if key.endswith(ending) and len(key) > len(ending):
            return key[:-len(ending)]
    return key


def check_character(digits17: str) -> str:
    return CHECKS[sum(int(d) * w for d, w in zip(digits17, WEIGHTS)) % 11]


def birth_of(number: str) -> date | None:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return born if 1900 <= born.year <= 2100 else None


def is_valid_number(number: str) -> bool:
    return (len(number) == 18 and number[:17].isdigit() and check_character(number[:17]) == number[17]
            and birth_of(number) is not None)


@dataclass(frozen=True)
class Number:
    state: str           # blank, valid, bad_check, bad
    text: str = ""

    @property
    def masked(self) -> str:
        return self.text[:6] + "*" * 8 + self.text[14:] if self.text else ""


def number(raw: str | None) -> Number:
    """An identity number as somebody typed it."""
    text = without_blanks(raw).upper().lstrip("'‘’`")
    if text in NOTHING:
        return Number("blank")
    if text[-1:] in ("×", "*", "✕"):
        text = text[:-1] + "X"
    if len(text) == 22 and text[20] == "B" and text[21].isdigit():
        text = text[:20]
    if len(text) == 20 and text[18] in "1234567" and text[19] in "1234":
        text = text[:18]
    if not (text.isascii() and text[:-1].isdigit() and (text[-1].isdigit() or text[-1] == "X")):
        return Number("bad")
    if len(text) == 15 and text.isdigit():
        text = text[:6] + "19" + text[6:]
        text += check_character(text)
        return Number("valid", text) if is_valid_number(text) and text[14:17] < "996" else Number("bad")
    if len(text) != 18:
        return Number("bad")
    return Number("valid" if is_valid_number(text) else "bad_check", text)


def repairs(number18: str) -> Iterator[str]:
    """Every valid number one changed character or one swap of neighbours away."""
    seen = set()
    for place in range(18):
        for digit in "0123456789X" if place == 17 else "0123456789":
            seen.add(number18[:place] + digit + number18[place + 1:])
    for place in range(17):
        seen.add(number18[:place] + number18[place + 1] + number18[place] + number18[place + 2:])
    seen.discard(number18)
    return (n for n in sorted(seen) if is_valid_number(n))
