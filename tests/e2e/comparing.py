"""Lists of the program and of the evaluator side by side, lead by lead and reason by reason."""
from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

Row = dict[str, Any]
LEAD_FIELDS = ("lead_no", "kind", "level", "state", "sheet", "householder", "region", "opened_on", "due_on")


def owner(lead: Row) -> str:
    return lead.get("household_no") or lead.get("works_no")


def person_key(reason: Row) -> str:
    if "masked" in reason:
        masked = reason["masked"]
        return "" if masked is None else f"{masked[0]} {masked[1]}"
    person = reason["person"]
    return "" if person is None else f"{person['name']} {person['number'] or ''}"


def by_key(reasons: list[Row]) -> dict[tuple, Row]:
    """Two masked persons of one household may look alike: they are told apart by their order."""
    found: dict[tuple, Row] = {}
    for reason in reasons:
        key = (reason["rule"], person_key(reason))
        while key in found:
            key = (key[0], key[1] + "'")
        found[key] = reason
    return found


def as_number(value: Any) -> Any:
    try:
        return Decimal(str(value).replace(",", ""))
    except InvalidOperation:
        return value


def reason_differences(where: str, expected: Row, got: Row) -> list[str]:
    said = []
    for name in ("state", "cause", "opened_on"):
        if (expected[name] or "") != (got[name] or ""):
            said.append(f"{where}: {name} expected {expected[name]!r}, got {got[name]!r}")
    if expected["threshold"] is not None and as_number(expected["threshold"]) != as_number(got.get("threshold")):
        said.append(f"{where}: threshold expected {expected['threshold']}, got {got.get('threshold')}")
    for name, value in expected["values"].items():
        if as_number(value) != as_number(got["values"].get(name)):
            said.append(f"{where}: {name} expected {value}, got {got['values'].get(name)}")
    return said


def lead_differences(expected: Row, got: Row) -> list[str]:
    where = f"{owner(expected)} {expected['lead_no']}"
    said = [f"{where}: {name} expected {expected[name]!r}, got {got.get(name)!r}" for name in LEAD_FIELDS
            if expected[name] != got.get(name)]
    if expected["households"] is not None and expected["households"] != sorted(got["households"]):
        said.append(f"{where}: households expected {expected['households']}, got {got['households']}")
    mine, theirs = by_key(expected["reasons"]), by_key(got["reasons"])
    for key in sorted(mine.keys() | theirs.keys()):
        name = f"{where} {key[0]} {key[1]}".rstrip()
        if key not in theirs:
            said.append(f"{name}: missing; expected {mine[key]['state']} since {mine[key]['opened_on']}")
        elif key not in mine:
            said.append(f"{name}: not expected; got {theirs[key]['state']} since {theirs[key]['opened_on']}"
                        f" {theirs[key]['cause']}".rstrip())
        else:
            said += reason_differences(name, mine[key], theirs[key])
    return said


def short(lead: Row) -> str:
    rules = ", ".join(f"{r['rule']} {r['state']}" for r in lead["reasons"])
    return f"{owner(lead)} {lead['lead_no']} {lead['kind']} {lead['level']} {lead['state']}: {rules}"


def differences(expected: list[Row], got: list[Row]) -> list[str]:
    """Nothing when the lists are the same, in the same order."""
    # A household can have a lead that closed and another that opened: the number tells them apart last of all.
    mine = {(owner(lead), lead["opened_on"]): lead for lead in expected}
    theirs = {(owner(lead), lead["opened_on"]): lead for lead in got}
    said = []
    for key in sorted(mine.keys() | theirs.keys()):
        if key not in theirs:
            said.append(f"missing: {short(mine[key])}")
        elif key not in mine:
            said.append(f"not expected: {short(theirs[key])}")
        else:
            said += lead_differences(mine[key], theirs[key])
    # Numbers follow from the list as a whole: said last.
    said.sort(key=lambda line: ": lead_no " in line)
    if not said and [owner(x) for x in expected] != [owner(x) for x in got]:
        said.append("the order of the list differs")
    if len(theirs) != len(got):
        said.append("a household stands on the list twice")
    return said
