"""Words over conditions in languages other than English: "Abbruchkriterien", "Zurückrollen bei", "Retour arrière si :".

Teams write the commands in English and talk to each other in their own words. What they say over a list is a short
family: giving up or going back, and "if", or the noun for what decides it; with a "no" before it, what is put up with.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity

_LONGEST = 160
_BACK = (
    r"(?:retour(?:\s+en)?\s+arri[eè]re|revenir\s+en\s+arri[eè]re|on\s+revient|on\s+arr[eê]te|on\s+annule|abandon(?:ner)?"
    r"|r[uü]ckfall|r[uü]ckbau(?:en)?|r[uü]cknahme|zur[uü]ck(?:rollen|gehen|bauen|nehmen|schalten)?|abbruch|abbrechen|stopp(?:en)?|kein\s+go"
    r"|vuelta\s+atr[aá]s|vol(?:ver|vemos|veremos)\s+atr[aá]s|marcha\s+atr[aá]s|abortar|torn(?:are|iamo|a)\s+indietro"
    r"|terugdraaien|terugrollen|terug|afbreken|reverter|voltar\s+atr[aá]s)"
)
# German parts its verbs: "Wir brechen ab, wenn", "Wir rollen zurück, falls"
_PARTED = r"(?:br(?:e|i)ch(?:en|t)\s+(?:[\w-]+\s+){0,4}?ab|(?:roll|geh|schalt|bau|nehm|nimm)(?:en|t)\s+(?:[\w-]+\s+){0,4}?zur[uü]ck|draai(?:en)?\s+(?:[\w-]+\s+){0,3}?terug|(?:nicht|kein\w*)\s+(?:starten|beginnen|anfangen|weiter(?:machen|gehen)?|fortfahren|ausrollen|freigeben|umschalten))"
_IF = r"(?:si|s['’]il|wenn|falls|sobald|bei|se|quando|als|bij|indien|wanneer|cuando|en\s+cas(?:\s+de|\s+d['’])?|in\s+caso\s+di|no\s+caso\s+de|quand|lorsque)"
_ANY = r"(?:\s+(?:eine[rs]?\s+(?:der|dieser|von)\s+\w+|folgende[smn]?(?:\s+\w+)?|l['’]un\s+de\s+\w+|alguno\s+de\s+\w+|einer\s+der\s+folgenden\s+\w+)(?:\s+\w+){0,3})?"
_LEAD = expression(
    rf"^\W*(?:[\w'’-]+\s+){{0,4}}?(?:(?:{_BACK}|roll-?back|fall-?back|back-?out)\b[^.:]{{0,40}}?|{_PARTED}\b[^.:]{{0,20}}?)\b{_IF}{_ANY}\s*\W*$"
    rf"|^\W*(?:wann|quand|quando|cuando|wanneer)\s+(?:[\w'’-]+\s+){{0,3}}?(?:{_BACK}|abgebrochen|zur[uü]ck\w+|roll-?back)\b[^.:]{{0,30}}\W*$",
    re.IGNORECASE,
)
_NONE = expression(
    rf"^\W*(?:(?:kein|keine|nicht|noch\s+kein|pas\s+de|pas\s+d['’]|no|non|niet|geen|n[aã]o)\s+(?:[\w'’-]+\s+){{0,2}}?(?:{_BACK}|roll-?back|fall-?back|back-?out)\b(?!\s*go)|(?:trotzdem\s+|dennoch\s+)?(?:weiter(?:machen|gehen)?|fortfahren|continuer|continuar|continuare|doorgaan)\s+(?:auch\s+|même\s+|incluso\s+|anche\s+|ook\s+)?(?:bei|trotz|malgr[eé]|pese\s+a|nonostante|ondanks|wenn|si|se|als))\b[^.:]{{0,30}}\W*$"
    r"|^\W*kein\s+(?:grund\s+(?:zum|f[uü]r)|abbruchgrund|abbruchkriterium)\b[^.:]{0,40}\W*$",
    re.IGNORECASE,
)
_NOUN = r"(?:kriteri(?:um|en)|bedingung(?:en)?|gr[uü]nde?n?|grund|grenz(?:e|en|werte?)|schwell(?:e|en|enwerte?)|ausl[oö]ser|signale?|regeln?)"
_HEADING = expression(
    rf"^\W*(?:abbruch|r[uü]ckfall|r[uü]ckbau|r[uü]ckroll|roll-?back|fall-?back|back-?out|stopp?|no-?go|eskalations-?\s?und\s+abbruch)[\s-]?{_NOUN}\b"
    rf"|^\W*{_NOUN}\s+(?:f[uü]r|zum|zur)\s+(?:den\s+|einen\s+|die\s+|eine\s+|das\s+)?(?:{_BACK}|roll-?back|fall-?back|r[uü]cknahme)\b"
    r"|^\W*crit[eè]res?\s+(?:d['’]\s?(?:arr[eê]t|abandon|annulation)|de\s+(?:retour(?:\s+en)?\s+arri[eè]re|roll-?back|repli))\b"
    r"|^\W*(?:criterios?|condiciones)\s+(?:de|para)\s+(?:la\s+|el\s+)?(?:abort\w+|vuelta\s+atr[aá]s|marcha\s+atr[aá]s|reversi[oó]n|roll-?back|parada)\b"
    r"|^\W*(?:criteri|condizioni)\s+(?:di|per)\s+(?:il\s+|la\s+)?(?:abbandono|interruzione|ripristino|roll-?back|tornare\s+indietro)\b"
    r"|^\W*(?:criteria|redenen|voorwaarden)\s+(?:voor|om)\s+(?:te\s+)?(?:terugdraaien|terugrollen|afbreken|stoppen|roll-?back)\b"
    r"|^\W*(?:crit[eé]rios|condi[cç][oõ]es)\s+(?:de|para)\s+(?:revers[aã]o|reverter|aborto|abortar|roll-?back|parar)\b",
    re.IGNORECASE,
)


def over(words: str) -> Polarity | None:
    """What a lead-in or heading asks for that waits for conditions: "Abbruch, wenn:", "Kein Abbruch bei:"."""
    if len(words) > _LONGEST:
        return None
    if _NONE.match(words):
        return Polarity.DONT
    return Polarity.DO if _LEAD.match(words) else None


def heading(words: str) -> Polarity | None:
    """What a heading is over by its noun: "Abbruchkriterien", "Critères de retour arrière"."""
    return Polarity.DO if len(words) <= _LONGEST and _HEADING.match(words) else over(words)
