"""Whom a record speaks of."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Mapping

from .county import Record
from .roster import Person, Roster
from .texts import name_key, names_agree, number, repairs, without_blanks
from .values import Codes, Unreadable, span


@dataclass
class Link:
    word: str                        # exact, corrected, review, unreadable, none
    person: str | None = None
    household: str | None = None
    candidates: frozenset[str] = frozenset()     # persons it may concern

    @property
    def is_fact(self) -> bool:
        return self.word in ("exact", "corrected")


@dataclass(frozen=True)
class Speaker:
    """The identity columns of a record, read."""
    number: str
    state: str
    name: str
    birth: date | None
    male: bool | None
    village: str | None

    @staticmethod
    def of(row: Record, columns: Mapping[str, str], roster: Roster, codes: Codes) -> "Speaker":
        typed = number(row.get(columns.get("id_number", ""), ""))
        try:
            born = span(row.get(columns.get("birth_date", ""), ""))
            sex = codes.read("sex", row.get(columns.get("sex", ""), ""))
        except Unreadable:
            born, sex = None, None
        village = roster.village_of(row.get(columns["village"])) if "village" in columns else None
        return Speaker(typed.text, typed.state, name_key(row.get(columns.get("name", ""), "")),
                       born.first if born and born.first == born.last else None,
                       None if sex is None else sex == "male", village)


def link(row: Record, columns: Mapping[str, str], grain: str, roster: Roster, codes: Codes) -> Link:
    speaker = Speaker.of(row, columns, roster, codes)
    by_house = grain in ("household", "house")
    if speaker.state == "valid":
        found = _by_number(speaker, roster)
    elif speaker.state == "bad_check":
        found = _by_repair(speaker, roster)
    else:
        found = _by_name(speaker, roster, by_house)
    if found.is_fact and by_house and found.household is None:
        found.household = roster.persons[found.person].household_no
    if found.is_fact and by_house:
        found.person = None
    return found


def _by_number(speaker: Speaker, roster: Roster) -> Link:
    owners = roster.by_number.get(speaker.number, [])
    if not owners:
        return Link("none")
    agreeing = [p for p in owners if speaker.name and names_agree(p.key, speaker.name)]
    if len(agreeing) == 1 or (len(owners) == 1 and not speaker.name):
        return Link("exact", (agreeing or owners)[0].person_no)
    return Link("review", candidates=_may_concern(speaker, roster, owners))


def _by_repair(speaker: Speaker, roster: Roster) -> Link:
    near = [p for repaired in repairs(speaker.number) for p in roster.by_number.get(repaired, [])]
    near += roster.by_number.get(speaker.number, [])
    if not near:
        return Link("none")
    if len(near) == 1:
        person = near[0]
        by_name = bool(speaker.name) and names_agree(person.key, speaker.name)
        same_sex = speaker.male is not None and speaker.male == person.male
        same_village = speaker.village is not None and speaker.village == roster.households[person.household_no].village
        by_birth = speaker.birth is not None and speaker.birth == person.birth and (same_sex or same_village)
        if by_name or by_birth:
            return Link("corrected", person.person_no)
    return Link("review", candidates=_may_concern(speaker, roster, near))


def _by_name(speaker: Speaker, roster: Roster, by_house: bool) -> Link:
    """No number to go by."""
    if by_house:
        heads = roster.heads_named(speaker.village, speaker.name) if speaker.village else []
        if len(heads) == 1:
            return Link("exact", household=heads[0].household_no)
        if heads:
            return Link("review", candidates=frozenset(p.person_no for h in heads for p in h.members))
        if speaker.state == "blank":         # no householder of that village bears the name: it is somebody else
            return Link("none")
    candidates = _may_concern(speaker, roster, [])
    return Link("unreadable" if candidates else "none", candidates=candidates)


def _may_concern(speaker: Speaker, roster: Roster, owners: list[Person]) -> frozenset[str]:
    """The persons the number points at, those of their households under the record's name, and whoever bears that
    name (and was born that day, where the record says it)."""
    found = {p.person_no for p in owners}
    for owner in owners:
        found |= {p.person_no for p in roster.households[owner.household_no].members
                  if names_agree(p.key, speaker.name)}
    if speaker.birth is not None or not owners:
        found |= {p.person_no for p in roster.named(speaker.name)
                  if speaker.birth is None or p.birth == speaker.birth}
    return frozenset(found)


def served_village(row: Record, roster: Roster) -> str | None:
    return roster.village_of(row["cbm"], row["cmc"])


def works_no(row: Record) -> str:
    return without_blanks(row["gcbm"])
