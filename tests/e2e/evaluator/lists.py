"""The lists of all nights, as plain data."""
from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from .answers import Answer
from .county import County
from .days import Calendar, Parameters
from .episodes import Alert, Episodes, Lead
from .feeds import Feeds
from .roster import Roster
from .values import Codes, Span

Row = dict[str, Any]


def plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value.normalize() if value != value.to_integral() else value.to_integral())
    if isinstance(value, Span):
        return value.first.isoformat()
    return value.isoformat() if isinstance(value, date) else value


def reason_of(alert: Alert, roster: Roster) -> Row:
    person = roster.persons.get(alert.subject) if alert.rule.subject == "person" else None
    return {"rule": alert.rule.id, "state": alert.state, "cause": alert.cause,
            "person_no": alert.subject if alert.rule.subject == "person" else None,
            "masked": list(person.shown) if person else None,
            "opened_on": plain(alert.opened_on), "standing": alert.standing,
            "threshold": plain(alert.outcome.threshold),
            "values": {k: plain(v) for k, v in alert.outcome.values.items() if v is not None},
            "evidence": sorted(f"{fact.dataset} {'|'.join(fact.key)}" for fact in alert.outcome.evidence)}


def row_of(lead: Lead, roster: Roster, served: dict[str, list[str]]) -> Row:
    reasons = sorted((reason_of(a, roster) for a in lead.alerts), key=lambda r: (r["rule"], r["person_no"] or ""))
    return {"lead_no": lead.number, "kind": lead.kind, "level": lead.level, "state": lead.state, "sheet": lead.sheet,
            "household_no": None if lead.is_works else lead.owner, "works_no": lead.owner if lead.is_works else None,
            "householder": lead.householder, "region": lead.region, "opened_on": plain(lead.opened_on),
            "due_on": plain(lead.due_on), "households": served.get(lead.owner, []) if lead.is_works else None,
            "reasons": reasons}


def households_of_works(feeds: Feeds, roster: Roster) -> dict[str, list[str]]:
    served: dict[str, set[str]] = {}
    for fact in feeds.feeds["water.served_village"].facts.values():
        here = {h.household_no for h in roster.households.values() if h.village == fact.subject[1]}
        served.setdefault(fact.values["works_no"], set()).update(here)
    return {works: sorted(numbers) for works, numbers in served.items()}


def evaluate(data: Path, config: Path, answers: list[Answer] = [], has_others: bool = False) -> list[Row]:
    county = County(data)
    codes = Codes(config / "codes")
    feeds = Feeds(county, codes, has_others)
    episodes = Episodes(county, feeds, Parameters(config / "parameters.yaml"), Calendar(config / "calendar.yaml"))
    nights = []
    for day in county.days:
        roster = Roster(county.roster(day), codes)
        feeds.night(day, roster)
        leads = episodes.night(day, roster, [a for a in answers if a.learned == day])
        served = households_of_works(feeds, roster)
        nights.append({"date": day.isoformat(), "leads": [row_of(lead, roster, served) for lead in leads]})
    return nights
