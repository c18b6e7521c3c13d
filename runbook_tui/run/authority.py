"""Who may do what: the policy of a place, as values and pure decisions. The document has no say in it.

Where a policy is present everything is denied that it does not allow. Without one a person works alone: everything is
allowed, nothing wants a second person.

A person is a principal of `allowed_signers`, proved by a key; a user name proves nothing on a shared account.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec

from runbook_tui.document.runbook import Command, Effect

ANYONE = "anyone"  # also who has shown no key
KNOWN = "known"  # whoever has proved to be one of `people`
SESSION = 15 * 60.0  # seconds of a driver's idleness where a policy says nothing else


class Deed(StrEnum):
    """What a policy allows or denies."""

    DRIVE = "drive"  # start commands, tick, skip, fill: everything that is no other deed
    ROLL_BACK = "roll_back"
    OVERRIDE = "override"  # go on against a gate, and skip a sign-off
    SIGN = "sign"
    TAKE = "take"  # the drive, from a terminal that is alive
    SECOND = "second"  # say the second yes
    STOP = "stop"  # hold a run and cancel its command without driving it

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Deed.DRIVE: "drive a run",
    Deed.ROLL_BACK: "roll back",
    Deed.OVERRIDE: "override what holds a run",
    Deed.SIGN: "sign",
    Deed.TAKE: "take the drive from somebody",
    Deed.SECOND: "say the second yes",
    Deed.STOP: "stop a run that somebody else drives",
}


class Speaker(msgspec.Struct, frozen=True, kw_only=True):
    """Who a terminal speaks for, proved by a key."""

    principal: str
    fingerprint: str  # SHA256:… of the key
    source: str = "agent"  # agent or file


class Person(msgspec.Struct, frozen=True, kw_only=True):
    principal: str
    name: str = ""  # as printed
    roles: frozenset[str] = frozenset()  # in plain form, see `plain`
    also: frozenset[str] = frozenset()  # other addresses of the same person, as an author of documents


class SignRule(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs for a role, and how many."""

    role: str
    by: tuple[str, ...] = ()  # roles or principals; empty: who holds the role
    deputies: tuple[str, ...] = ()
    count: int = 1
    after: tuple[str, ...] = ()  # roles that sign first
    author: bool = False  # whether the document's author may sign
    driver: bool = False  # whether somebody who drove the run may sign
    touch: bool = False  # the key must say that somebody touched it
    pin: bool = False  # ... and gave its PIN


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What is otherwise in runs of this profile; None is as everywhere."""

    second_person: tuple[str, ...] | None = None
    session: float | None = None
    allowed: dict[Deed, tuple[str, ...]] = {}


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a place allows what."""

    present: bool = False
    people: dict[str, Person] = {}
    allowed: dict[Deed, tuple[str, ...]] = {}
    sign: dict[str, SignRule] = {}  # by plain role; "" is the rule of roles that have none of their own
    second_person: tuple[str, ...] = ()  # effects, or patterns of commands
    session: float | None = None  # seconds; None: a driver may be idle for ever
    one_role_each: bool = True  # a person signs for one role only
    profiles: dict[str, Profile] = {}

    def refuses(self, person: str | None, deed: Deed, profile: str = "") -> str | None:
        """Why this principal may not do it, as a sentence; None when it may. `person` None: nobody is proved."""
        if not self.present:
            return None
        own = self.profiles.get(profile)
        who = own.allowed.get(deed) if own is not None else None
        who = self.allowed.get(deed, ()) if who is None else who
        if ANYONE in who:
            return None
        if not who:
            return f"the policy allows nobody to {deed.words}"
        if person is None:
            return f"the policy says who may {deed.words}, and nobody has proved to be one of them"
        if self._is_one(person, who):
            return None
        return f"the policy does not allow {person} to {deed.words}"

    def may(self, person: str | None, deed: Deed, profile: str = "") -> bool:
        return self.refuses(person, deed, profile) is None

    def needs_second(self, command: Command, profile: str = "", *, filled: str = "") -> bool:
        """Whether another person has to say yes before this command starts; `filled` is its text with all values.

        A pattern names a command however it is written: see `document.spellings`.
        """
        own = self.profiles.get(profile)
        wanted = own.second_person if own is not None and own.second_person is not None else self.second_person
        if command.effect.value in wanted:
            return True
        patterns = [one for one in wanted if one not in _EFFECTS]
        if not patterns:
            return False
        from runbook_tui.document.spellings import spellings  # the grammar is not loaded before it is needed

        said = {one for text in {command.text, filled or command.text} for one in spellings(text)}
        return any(fnmatchcase(one, pattern) for one in said for pattern in patterns)

    def session_of(self, profile: str = "") -> float | None:
        """Seconds a driver may be idle before being asked for proof again."""
        own = self.profiles.get(profile)
        return own.session if own is not None and own.session is not None else self.session

    def rule_for(self, role: str) -> SignRule:
        """Without a policy anybody listed in allowed_signers signs for any role, the driver too."""
        if not self.present:
            return SignRule(role=role, by=(ANYONE,), author=True, driver=True)
        general = self.sign.get("")
        own = self.sign.get(plain(role))
        if own is not None:
            return own
        return SignRule(role=role) if general is None else msgspec.structs.replace(general, role=role)

    def refuses_signer(self, person: str, role: str) -> str | None:
        """Why this person holds no power to sign for the role, order and others' signatures not looked at."""
        rule = self.rule_for(role)
        if ANYONE in rule.by or self._is_one(person, rule.by or (role,)) or person in rule.deputies:
            return None
        return f"{person} does not hold the role {role}"

    def is_deputy(self, person: str, role: str) -> bool:
        rule = self.rule_for(role)
        own = ANYONE in rule.by or self._is_one(person, rule.by or (role,))
        return not own and person in rule.deputies

    def printed_name(self, person: str) -> str:
        known = self.people.get(person)
        return known.name if known is not None and known.name else person

    def is_author(self, person: str, authors: Iterable[str]) -> bool:
        """Whether one of these names or addresses is that person."""
        known = self.people.get(person)
        names = {person.casefold()}
        if known is not None:
            names |= {one.casefold() for one in (*known.also, known.name) if one}
        return any(one.strip().casefold() in names for one in authors)

    def _is_one(self, person: str, who: Iterable[str]) -> bool:
        known = self.people.get(person)
        roles = known.roles if known is not None else frozenset()
        names = {person, ANYONE} | ({KNOWN} if known is not None else set())
        return any(one in names or plain(one) in roles for one in who)


ALONE = Policy()
"""One person, nobody to ask."""

_EFFECTS = frozenset(effect.value for effect in Effect)


def plain(role: str) -> str:
    """A role's name without the differences that mean nothing: capitals and blanks."""
    return " ".join(role.split()).casefold()


def missing_before(policy: Policy, role: str, signed: Mapping[str, object]) -> tuple[str, ...]:
    """Roles that sign before this one and have not; `signed` is keyed by plain role."""
    return tuple(one for one in policy.rule_for(role).after if plain(one) not in signed)
