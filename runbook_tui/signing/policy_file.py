"""policy.yaml read into a `Policy`; docs/signing.md is its reference.

A key with a slip of the pen must not be a rule that silently does not hold, so unknown keys are refused; keys that are
read elsewhere stand in `OTHERS`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from runbook_tui.document import rules
from runbook_tui.document.runbook import Effect
from runbook_tui.run.authority import ALONE, ANYONE, KNOWN, SESSION, Deed, Person, Policy, Profile, SignRule, plain
from runbook_tui.run.ports import OperatorError

OURS = frozenset({"people", "sign", "second_person", "session", "one_role_each", "profiles"}) | {
    deed.value for deed in Deed
}
OTHERS = frozenset({"anchor", "automatic_rollback", "notify", "backup", "secrets", "rehearsal"})
_RULE = frozenset({"by", "deputies", "count", "after", "author", "driver", "touch", "pin"})
_PERSON = frozenset({"name", "roles", "also"})
LONGEST = 1_000_000  # bytes
DEEPEST = 50


class BadPolicy(OperatorError):
    """The policy cannot be read; nothing is done without one that can."""


def read_policy(data: bytes | None, source: str = "policy.yaml") -> Policy:
    """The policy these bytes state; that of one person alone when they say nothing of people. Raises BadPolicy."""
    if data is None:
        return ALONE
    if len(data) > LONGEST:
        raise BadPolicy(f"{source} is too large to be a policy: {len(data)} bytes")
    try:
        content = _load(data)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadPolicy(f"{source} cannot be read: {str(error).splitlines()[0]}") from None
    if content is None:
        return ALONE
    if not isinstance(content, dict):
        raise BadPolicy(f"{source} must hold a mapping")
    if not OURS & {str(key) for key in content}:
        return ALONE
    return _Reading(source).policy(content)


def recorded_part(data: bytes, source: str = "policy.yaml") -> bytes:
    """What of a policy goes into the record: what it says of people, in one form; empty when it says nothing of them.

    The rest stays where it is: addresses for notices hold passwords. Raises BadPolicy.
    """
    if not read_policy(data, source).present:
        return b""
    content = _load(data)
    ours = {key: value for key, value in content.items() if str(key) in OURS}
    dumped: str = yaml.safe_dump(ours, sort_keys=True, allow_unicode=True, default_flow_style=False)
    return dumped.encode()


def _load(data: bytes) -> Any:
    """By libyaml where it is there: ten times faster, and a verification reads the policy of every run.

    It goes down as deep as the text is nested, and the process with it, so the depth is looked at first.
    """
    loader, depth = getattr(yaml, "CSafeLoader", yaml.SafeLoader), 0
    for event in yaml.parse(data, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise yaml.YAMLError(f"it is nested deeper than {DEEPEST} levels")
    return yaml.load(data, Loader=loader)  # noqa: S506 - both are safe


class _Reading:
    """One file; every complaint names it and the key."""

    def __init__(self, source: str) -> None:
        self._source = source

    def policy(self, content: dict[Any, Any]) -> Policy:
        self._known(content, OURS | OTHERS, "policy")
        profiles = self._mapping(content.get("profiles"), "profiles")
        session = content.get("session", SESSION)
        return Policy(
            present=True,
            people=self._people(self._mapping(content.get("people"), "people")),
            allowed=self._allowed(content),
            sign=self._sign(content.get("sign")),
            second_person=self._seconds(content.get("second_person"), "second_person"),
            session=self._time(session, "session"),
            one_role_each=self._yes(content.get("one_role_each", True), "one_role_each"),
            profiles={str(name): self._profile(said, str(name)) for name, said in profiles.items()},
        )

    def _people(self, said: dict[Any, Any]) -> dict[str, Person]:
        people = {}
        for principal, about in said.items():
            one = str(principal)
            if not one or any(c in one for c in "*?!, \t\"'"):
                raise self._bad("people", f"{one!r} cannot be a principal: it is one name without blanks or wildcards")
            if isinstance(about, list):
                about = {"roles": about}  # noqa: PLW2901  # the short form
            about = self._mapping(about, f"people.{one}")  # noqa: PLW2901
            self._known(about, _PERSON, f"people.{one}")
            name = about.get("name", "")
            if not isinstance(name, str) or any(not c.isprintable() for c in name):
                raise self._bad(f"people.{one}.name", "it must be a name that can be printed")
            people[one] = Person(
                principal=one,
                name=name,
                roles=frozenset(plain(role) for role in self._names(about.get("roles"), f"people.{one}.roles")),
                also=frozenset(self._names(about.get("also"), f"people.{one}.also")),
            )
        return people

    def _allowed(self, content: dict[Any, Any]) -> dict[Deed, tuple[str, ...]]:
        """Left unsaid, `take` goes with driving, `second` with everybody known, `stop` with anyone."""
        allowed: dict[Deed, tuple[str, ...]] = {
            deed: self._names(content[deed.value], deed.value)
            for deed in Deed
            if deed.value in content and deed is not Deed.SIGN
        }
        if Deed.DRIVE in allowed:
            allowed.setdefault(Deed.TAKE, allowed[Deed.DRIVE])
        allowed.setdefault(Deed.SECOND, (KNOWN,))
        allowed.setdefault(Deed.STOP, (ANYONE,))
        return allowed

    def _sign(self, said: Any) -> dict[str, SignRule]:
        if said is None:
            return {}
        rules_ = {}
        for role, about in self._mapping(said, "sign").items():
            name, where = str(role), f"sign.{role}"
            if isinstance(about, (str, list)):
                about = {"by": about}  # noqa: PLW2901  # the short form
            about = self._mapping(about, where)  # noqa: PLW2901
            self._known(about, _RULE, where)
            count = about.get("count", 1)
            if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 100:
                raise self._bad(f"{where}.count", f"it is a number of people from 1, not {count!r}")
            pin = self._yes(about.get("pin", False), f"{where}.pin")
            rules_["" if name == "default" else plain(name)] = SignRule(
                role=name,
                by=self._names(about.get("by"), f"{where}.by"),
                deputies=self._names(about.get("deputies"), f"{where}.deputies"),
                count=count,
                after=self._names(about.get("after"), f"{where}.after"),
                author=self._yes(about.get("author", False), f"{where}.author"),
                driver=self._yes(about.get("driver", False), f"{where}.driver"),
                touch=pin or self._yes(about.get("touch", False), f"{where}.touch"),
                pin=pin,
            )
        return rules_

    def _profile(self, said: Any, name: str) -> Profile:
        where = f"profiles.{name}"
        about = self._mapping(said, where)
        deeds = {deed.value for deed in Deed if deed is not Deed.SIGN}
        self._known(about, deeds | {"second_person", "session"}, where)
        return Profile(
            second_person=self._seconds(about["second_person"], f"{where}.second_person")
            if "second_person" in about
            else None,
            session=self._time(about["session"], f"{where}.session") if "session" in about else None,
            allowed={
                Deed(deed): self._names(about[deed], f"{where}.{deed}") for deed in sorted(deeds) if deed in about
            },
        )

    def _seconds(self, said: Any, where: str) -> tuple[str, ...]:
        names = self._names(said, where)
        effects = {effect.value for effect in Effect}
        for one in names:
            if one not in effects and " " not in one and "*" not in one:
                told = ", ".join(sorted(effects))
                raise self._bad(
                    where, f"{one!r} is neither an effect ({told}) nor a pattern such as “kubectl delete *”"
                )
        return names

    def _time(self, said: Any, where: str) -> float | None:
        """Seconds; None for `never`."""
        if said in ("never", False):
            return None
        seconds = float(said) if isinstance(said, (int, float)) and not isinstance(said, bool) else None
        seconds = rules.seconds(str(said)) if seconds is None else seconds
        if seconds is None or not 0 < seconds <= 7 * 86400:
            raise self._bad(where, f"it is a time such as 15m, or never, not {said!r}")
        return seconds

    def _names(self, said: Any, where: str) -> tuple[str, ...]:
        if said is None:
            return ()
        names = said if isinstance(said, list) else [said]
        if not all(isinstance(one, str) and one.strip() for one in names):
            raise self._bad(where, "it is a list of names")
        return tuple(one.strip() for one in names)

    def _yes(self, said: Any, where: str) -> bool:
        if not isinstance(said, bool):
            raise self._bad(where, f"it is yes or no, not {said!r}")
        return said

    def _mapping(self, said: Any, where: str) -> dict[Any, Any]:
        if said is None:
            return {}
        if not isinstance(said, dict):
            raise self._bad(where, "it must be a mapping")
        return said

    def _known(self, content: dict[Any, Any], known: Iterable[str], where: str) -> None:
        strange = sorted(str(key) for key in content if str(key) not in set(known))
        if strange:
            raise self._bad(where, f"{strange[0]!r} is not one of its keys ({', '.join(sorted(known))})")

    def _bad(self, where: str, why: str) -> BadPolicy:
        return BadPolicy(f"{where} in {self._source}: {why}")
