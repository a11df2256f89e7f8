"""From findings to alerts and leads, night by night."""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Iterable

from .answers import AMOUNTS, ENROLLED, Answer
from .conditions import Outcome, Scene, Subject, Truth
from .county import County
from .days import Calendar, Parameters, add_days, month_end
from .feeds import Feeds
from .roster import Roster
from .catalogue import all_rules
from .rules import Rule
from .texts import shown_name

LEVELS = ("low", "medium", "high")
COUNTY = "990121"
OVER = ("answered", "cleared", "withdrawn")      # the first of them that an alert of the lead ended in is the lead's


@dataclass(eq=False)
class Alert:
    rule: Rule
    subject: str
    opened_on: date
    standing: bool
    anchor: date
    outcome: Outcome
    owner: str                       # household_no or works_no
    first_night: date                # of this alert under this owner
    due: date | None = None
    state: str = "opened"
    cause: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in ("opened", "open")


@dataclass
class Lead:
    owner: str
    is_works: bool
    opened_on: date
    alerts: list[Alert] = field(default_factory=list)
    number: str = ""
    kind: str = ""
    level: str = "low"
    state: str = "opened"
    extra: list[date] = field(default_factory=list)
    due_on: date | None = None
    region: str = ""
    householder: str | None = None
    closed: list[Alert] = field(default_factory=list)      # shown once, in the edition that closed them

    @property
    def sheet(self) -> str:
        if self.state in OVER:
            return "cleared"
        if self.kind in ("works", "standing"):
            return self.kind
        return self.kind if self.state in ("opened", "escalated") else "open"


def check_digit(payload: str) -> str:
    """As in Luhn."""
    digits = [int(c) for c in reversed(payload)]
    doubled = [d * 2 if i % 2 == 0 else d for i, d in enumerate(digits)]
    return str(-sum(d // 10 + d % 10 for d in doubled) % 10)


class Episodes:
    def __init__(self, county: County, feeds: Feeds, parameters: Parameters, calendar: Calendar) -> None:
        self.county, self.feeds, self.parameters, self.calendar = county, feeds, parameters, calendar
        self.rules = all_rules("health.death" in feeds.feeds)
        self.alerts: dict[tuple[str, str], Alert] = {}     # open ones
        self.leads: dict[str, Lead] = {}                   # open ones, by owner
        self.lines: set[tuple[str, tuple]] = set()
        self.known_owners: set[str] = set()
        self.counters: Counter[int] = Counter()
        self.answers: dict[tuple[str, str], tuple[Answer, object]] = {}      # with the amount as it was asked about
        self.reported: set[str] = set()                    # households of whom enrolment was reported

    # -- one night -----------------------------------------------------------------------------------------------

    def night(self, day: date, roster: Roster, answers: Iterable[Answer] = ()) -> list[Lead]:
        self.day, self.roster = day, roster
        self._learn(answers)
        self.scene = Scene(self.feeds, roster, self.parameters, self.calendar, day)
        self.works = {subject[1] for subject in self.feeds.by_subject["water.works"]}
        self.newcomers = (set(roster.households) | self.works) - self.known_owners
        self.known_owners |= self.newcomers
        touched: list[Alert] = []
        for alert in list(self.alerts.values()):
            if not self._answered(alert):
                self._leave(alert)
        for rule in self.rules:
            line = (rule.id, self.parameters.line(rule.parameters, day))
            is_new_line = line not in self.lines
            self.lines.add(line)
            for subject, owner in self._subjects(rule):
                opened = self._judge(rule, subject, owner, is_new_line)
                if opened:
                    touched.append(opened)
        touched += [self._move(a) for a in list(self.alerts.values()) if a.is_open and self._owner(a) != a.owner]
        joined = self._join(touched)
        shown = [self._follow(lead, joined) for lead in self.leads.values()]
        self._number(shown)
        for lead in shown:
            if lead.state in OVER:
                del self.leads[lead.owner]
        self.alerts = {k: a for k, a in self.alerts.items() if a.is_open}
        return sorted(shown, key=self._order)

    def _order(self, lead: Lead) -> tuple:
        return (-LEVELS.index(lead.level), lead.region.encode(), lead.owner.encode(), lead.number)

    def _subjects(self, rule: Rule) -> Iterable[tuple[Subject, str]]:
        if rule.subject == "works":
            for number in sorted(self.works):
                yield Subject(number, COUNTY, (("works", number),)), number
            return
        for number, household in self.roster.households.items():
            if not household.is_under(rule.applies_to):
                continue
            if rule.subject == "household":
                people = tuple(p.person_no for p in household.members)
                facts = (("household", number), *(("person", p) for p in people))
                yield Subject(number, household.village, facts, people, household=household), number
                continue
            for person in household.members:
                yield Subject(person.person_no, household.village, (("person", person.person_no),), (person.person_no,),
                              person, household), number

    # -- alerts --------------------------------------------------------------------------------------------------

    def _owner(self, alert: Alert) -> str | None:
        """Whose lead the alert belongs to now; nobody's when the subject is gone."""
        if alert.rule.subject == "works":
            return alert.subject if alert.subject in self.works else None
        if alert.rule.subject == "person":
            person = self.roster.persons.get(alert.subject)
            return person.household_no if person else None
        return alert.subject if alert.subject in self.roster.households else None

    def _learn(self, answers: Iterable[Answer]) -> None:
        """What came back since the last night. The roster ends what was reported once it shows it."""
        for answer in answers:
            key = (answer.rule, answer.subject)
            alert = self.alerts.get(key)
            amount = alert.outcome.values.get(AMOUNTS.get(answer.rule, "")) if alert else None
            self.answers[key] = answer, amount
            if answer.code in ENROLLED:
                self.reported.add(answer.household_no)
        self.reported -= {n for n in self.reported if n in self.roster.households
                          and self.roster.households[n].kind == "changed"}

    def _answered(self, alert: Alert) -> bool:
        answer, _ = self.answers.get((alert.rule.id, alert.subject), (None, None))
        if answer is None or not answer.is_about(alert.opened_on, alert.first_night):
            return False
        alert.state, alert.cause = "answered", str(answer.code)
        return True

    def _is_held(self, rule: Rule, subject: str, outcome: Outcome) -> bool:
        answer, before = self.answers.get((rule.id, subject), (None, None))
        return answer is not None and answer.holds(self.day, before, outcome.values.get(AMOUNTS.get(rule.id, "")))

    def _leave(self, alert: Alert) -> None:
        """Alerts whose subject is gone, or is none of the rule's any more."""
        alert.state = "open"
        owner = self._owner(alert)
        if owner is None:
            alert.state, alert.cause = "withdrawn", "household_gone"
            return
        if alert.rule.subject != "works" and not self.roster.households[owner].is_under(alert.rule.applies_to):
            alert.state, alert.cause = "cleared", "class_changed"

    def _move(self, alert: Alert) -> Alert:
        """The person lives in another household now: what would go on goes on there."""
        moved = replace(alert, owner=self._owner(alert), state="opened", first_night=self.day)
        alert.state, alert.cause = "withdrawn", "person_moved"
        self.alerts[alert.rule.id, alert.subject] = moved
        return moved

    def _judge(self, rule: Rule, subject: Subject, owner: str, is_new_line: bool) -> Alert | None:
        alert = self.alerts.get((rule.id, subject.key))
        outcome = rule.judge(self.scene, subject)
        if alert is not None and not alert.is_open:
            return None
        if outcome.result is True and alert is None:
            if self._is_held(rule, subject.key, outcome):
                return None
            standing = is_new_line or owner in self.newcomers
            alert = Alert(rule, subject.key, self.day, standing, self.day, outcome, owner, self.day)
            if not standing or rule.severity == "high":
                alert.due = self._due(rule.severity, subject.region)
            self.alerts[rule.id, subject.key] = alert
            return alert
        if alert is None:
            return None
        if outcome.result is True:
            alert.anchor, alert.outcome = self.day, outcome
        elif outcome.exception is not None:
            alert.state, alert.cause = "cleared", outcome.exception
        else:
            self._close(alert, rule.judge(self.scene.at(alert.anchor), subject).when)
        return None

    def _close(self, alert: Alert, when: Truth) -> None:
        """The closing test: the condition where the alert was last true, with what is known now."""
        stood_on: dict[str, list[bool]] = {}       # by dataset: is the version still in force?
        is_gone = False
        for fact in alert.outcome.evidence:
            now = self.feeds.feeds[fact.dataset].facts.get(fact.key)
            is_gone = is_gone or now is None
            stood_on.setdefault(fact.dataset, []).append(now is not None and now.same(fact))
        if when is False or (when is None and any(not any(versions) for versions in stood_on.values())):
            alert.state, alert.cause = ("withdrawn", "record_retracted") if is_gone else ("cleared", "condition_ended")

    def _due(self, severity: str, region: str) -> date:
        count = int(self.parameters.value(f"due_{severity}", region, self.day))
        unit = self.parameters.entry(f"due_{severity}", region, self.day)["unit"]
        if unit == "working_day":
            due = self.calendar.nth_workday(self.day, count)
        elif unit == "month_end":
            due = month_end(self.day)
            for _ in range(count):
                due = month_end(add_days(due, 1))
        else:
            due = add_days(self.day, count)
        return self.calendar.moved(due)

    # -- leads ---------------------------------------------------------------------------------------------------

    def _lead_of(self, alert: Alert, joined: set[str]) -> Lead:
        if alert.owner not in self.leads:
            self.leads[alert.owner] = Lead(alert.owner, alert.rule.subject == "works", self.day)
        else:
            joined.add(alert.owner)
        return self.leads[alert.owner]

    def _join(self, opened: list[Alert]) -> set[str]:
        """New alerts join the lead of their household or works, or open one."""
        joined: set[str] = set()
        fresh = {a.owner for a in opened if a.owner not in self.leads}
        for alert in opened:
            self._lead_of(alert, joined).alerts.append(alert)
        return joined - fresh

    def _follow(self, lead: Lead, joined: set[str]) -> Lead:
        lead.alerts = [a for a in lead.alerts if a.is_open or a not in lead.closed]
        lead.closed += [a for a in lead.alerts if not a.is_open]
        open_alerts = [a for a in lead.alerts if a.is_open]
        is_first = lead.opened_on == self.day and not lead.number
        lead.region = self._region(lead)
        if not open_alerts:
            lead.state = next(state for state in OVER if any(a.state == state for a in lead.alerts))
            return lead
        before = lead.level
        severest = max(LEVELS.index(a.rule.severity) for a in open_alerts)
        raised = min(severest + 1, 2) if self._has_families(open_alerts) else severest
        lead.level = LEVELS[raised]
        lead.kind = self._kind(lead, open_alerts)
        rose = is_first or raised > LEVELS.index(before)
        lead.state = "opened" if is_first else "escalated" if rose or lead.owner in joined else "open"
        if raised > severest and rose and lead.kind != "standing":
            lead.extra.append(self._due(lead.level, lead.region))
        lead.due_on = min([a.due for a in open_alerts if a.due] + lead.extra, default=None)
        return lead

    def _has_families(self, alerts: list[Alert]) -> bool:
        window = int(self.parameters.value("families_window", COUNTY, self.day))
        return any(a.rule.family != b.rule.family and abs((a.opened_on - b.opened_on).days) <= window
                   for a in alerts for b in alerts)

    def _kind(self, lead: Lead, open_alerts: list[Alert]) -> str:
        if lead.is_works:
            return "works"
        if all(a.standing for a in open_alerts):
            return "standing"
        return "changed" if lead.owner in self.reported else self.roster.households[lead.owner].kind

    def _region(self, lead: Lead) -> str:
        if lead.is_works:
            return COUNTY
        household = self.roster.households.get(lead.owner)
        if household and household.head:
            lead.householder = shown_name(household.head.name)
        return household.village if household else lead.region

    def _number(self, shown: list[Lead]) -> None:
        for lead in sorted((x for x in shown if not x.number), key=self._order):
            self.counters[self.day.year] += 1
            payload = f"{self.day.year % 100:02d}{self.counters[self.day.year]:06d}"
            lead.number = payload + check_digit(payload)
