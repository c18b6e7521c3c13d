"""The words for going back, stopping and staying, as many as writers have for them, and what a clause asks for.

Three kinds of verbs: those that go back ("put the old version back", "revert"), those that end the work ("call it off",
"pull the plug", "freeze the rollout"), and those that go on ("carry on", "leave it alone"). A negator turns each round:
"do not go back" stays, "do not start the next wave" stops. A doubting word ("think twice", "talk about") makes it a
question. What was done in the past ("we rolled back twice last year") is none of these.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from functools import lru_cache

from runbook_tui.document import capacities
from runbook_tui.document.patterns import expression
from runbook_tui.document.programs import listed
from runbook_tui.document.runbook import Polarity
from runbook_tui.document.stems import Stems

# nouns of what is under way: "stop the service" is a step, "stop the rollout" is a decision
UNDER_WAY = (
    r"(?:re-?)?(?:deploy\w*|roll-?outs?|releases?|migrations?|cut-?overs?|canary|canaries|upgrades?|updates?|changes?|launch(?:es)?"
    r"|go-?live|maintenance|experiments?|exercise|drill|switch-?overs?|fail-?overs?|game\s?day|procedure|activity|activities"
    r"|rotations?|rolls?(?![\s-]?(?:back|out|over|forward))|rolling\s+(?:restart|update|upgrade)|re-?assignments?|waves?|phases?|stages?|ramp(?:-?up)?|train|trial|pilot|operations?|installations?|promotion|transition"
    r"|conversion|execution|backfill|replay|import|swap|re-?index(?:ing)?|resync|patching|replacement|rehearsal|campaign"
    r"|show|line|work|run|sheet|publish(?:ing)?|publication|close|flip|test|move|batch|transfer|rebalance|rebalancing"
    r"|restore|copy|sync|export|scan|clean-?up|rebuild|failback|ceremony|ceremonies|window|evening|night|party|plan|attempt|everything|rest|whole\s+thing)"
)
_THE = r"(?:(?:the|this|that|any|all|our|your|every|whole|further|next|remaining|current|other|second|following)\s+)"
_OLD = (
    r"(?:old(?:er)?|previous|former|prior|last(?:\s+(?:known|good|working))*|known[-\s]good|original|earlier|blue|stable|champion"
    r"|legacy|proven|backup|back-?up|snapshot|tag|baseline|restore\s+point)"
)
_BEYOND_SENTENCE = r"(?:[^.;:,?!]|\.(?=\w))"
_GO_BACK = (
    r"roll(?:ing|s)?[\s-]?backs?|rollbacks?|roll(?:ing|s)?\s+(?:(?!forwards?\b|instead\b|out\b)\S+\s+){1,6}?back|revert(?:ing|s)?|reversion|back(?:ing|s)?[\s-]?outs?"
    r"|back(?:ing|s)?\s+(?:\S+\s+){1,4}?out|und(?:o(?:ing|es)?)|fall(?:ing|s)?[\s-]?back|flash(?:ing|es)?-?\s?back"
    r"|go(?:ing|es)?\s+(?:straight\s+|right\s+|all\s+the\s+way\s+)?back(?!\s+to\s+(?:the\s+)?(?:step|section|top|page|beginning|start|point|previous\s+step|work|sleep|bed|menu|list))"
    rf"|(?:put|pull|tak|set|sett|switch|flip|mov|turn|bring|swing|shift|rout|point|chang|hand|cut|modify|scale|resize|wind|step|back|copy|swap|giv|get|send|mov|fail|steer|redirect|send)(?:e|es|s|ting|ing|ping|tting)?\s+(?:(?!(?:online|up|call|get|come|report)\b){_BEYOND_SENTENCE}){{0,60}}?\bback\b(?!\s+(?:online|up\b|on\b(?!\s+(?:the|our|v?\d))))"
    rf"|(?:return|revert|switch|downgrade|restore|reset|repoint|re-?point|re-?deploy|re-?instate|re-?install|reopen|re-?enable|swap\s+in|bring\s+up|(?:re-?)?load)(?:s|ing|es)?\s+(?:\S+\s+){{0,4}}?(?:to\s+)?(?:(?:the|our|your|its)\s+)?{_OLD}\b"
    rf"|(?<!in )(?<!the )revers(?:e|es|ing)(?=\W*$|\s+(?:(?:the|this|that|our|any|all)\s+(?:[\w-]+\s+)?{UNDER_WAY}\b|it\b|only\b|if\b|when\b|unless\b|because\b|immediately\b|at\s+once\b))"
    r"|downgrad(?:e|es|ing)|reinstat(?:e|es|ing)|yank(?:s|ing)?\b|withdraw(?:s|ing)?|retract(?:s|ing)?|un-[a-z]\w+"
    rf"|\bback\s+to\s+(?:0|zero)\b|\bback\s+to\s+(?:(?:the|our|your|its)\s+)?{_OLD}\b|(?:the|our)\s+{_OLD}\s+\S+\s+again\b"
    r"|tak(?:e|es|ing)\s+(?:\S+\s+){1,4}?(?:down|off|out)\s+again|fail(?:ing|s)?[\s-]?back|reversal|retreat(?:s|ing)?"
    r"|restor(?:e|es|ing)\s+(?:(?:from|the)\s+){1,2}(?:\S+\s+)?(?:backup|snapshot|dump|point)"
    rf"|regress(?:es|ing)?\s+to\b|(?:turn|switch|bring|start|power)(?:s|ing)?\s+(?:the\s+|our\s+)?{_OLD}\s+\S+\s+(?:back\s+)?(?:on|up)\b"
    r"|re-?point(?:s|ing)?\s+(?:\S+\s+){0,3}?(?:at|to)\s+(?:the\s+|our\s+)?(?:old(?:er)?|previous|former|prior|legacy|original)\b|boot(?:s|ing)?\s+(?:\S+\s+){0,3}?(?:the\s+)?(?:old(?:er)?|previous|former|last)\s+\w+|re-?cabl(?:e|es|ing)\s+(?:\S+\s+){0,3}?to\s+(?:the\s+)?(?:old|former|previous)\b"
)
_GONE_BACK = (
    r"rolled\s+back|reverted|backed\s+out|undone|(?:put|taken|set|switched|flipped|turned|moved|brought|sent|handed|routed|pointed|failed|given)\s+(?:\S+\s+){0,3}?back"
    r"|downgraded|yanked|withdrawn|restored\s+(?:from|to)|aborted|stopped|halted|cancell?ed|called\s+off|paused|suspended"
    r"|abandoned|broken\s+off|killed|reversed|regressed|unwound|pulled|re-?installed|re-?instated|postponed|terminated|turned\s+off|switched\s+off|rejected|refused|scrapped|scrubbed|frozen|held(?:\s+back)?\b|declared\s+\w+|taken\s+(?:down|off|out)|over\b|off\b"
)
_END = (
    r"abort(?:s|ing)?|bail(?:ing|s)?(?:[\s-]?out)?|call(?:ing|s)?\s+(?:(?:it|the\s+\S+|everything|this)\s+)?(?:all\s+)?off|giv(?:e|es|ing)\s+up"
    r"|break(?:ing|s)?\s+(?:it\s+)?off|stand(?:ing|s)?\s+(?:everybody\s+|everyone\s+|all\s+|the\s+\w+\s+)?down|hands?\s+off|hang(?:ing|s)?\s+up|throw(?:ing|s)?\s+in\s+the\s+towel"
    r"|(?:pull|hit|press|push|use|trip|throw|yank|apply|trigger)(?:s|ing)?\s+(?:the\s+)?(?:emergency\s+|red\s+|big\s+red\s+)?"
    r"(?:plug|brakes?|cord|kill[\s-]?switch|lever|switch|button|parachute|stop\s+button|handbrake|andon(?:\s+cord)?)"
    r"|brak(?:e|es|ing)\b(?!\s+(?:pads?|fluid))|leav(?:e|es|ing)\s+(?:the\s+|this\s+)?(?:procedure|runbook|playbook|page|plan|document)"
    r"|no[\s-]go\b|(?:turn|switch|flip|flag)(?:s|ing|ting|ped|ping)?\s+(?:(?:(?!alarms?\b|alerts?\b|monitor|notif|pag(?:er|ing)\b|maintenance)\S+\s+){1,4}?off\b|off\s+(?:the\s+)?(?:\S+\s+)?(?:flag|feature|toggle|experiment|canary|switch)\b)|set(?:s|ting)?\s+(?:the\s+|its\s+)?(?:flag|switch|weight|percentage|ramp)\s+(?:back\s+)?to\s+(?:0|zero|off)"
    r"|(?:disable|kill)(?:s|ing)?\s+(?:the\s+)?(?:flag|feature|toggle|canary|ramp)"
    r"|no\s+(?:point|sense|use)\s+in\s+(?:\w+\s+)?(?:continuing|going|proceeding|trying|waiting)"
    rf"|(?:the|this|our)\s+(?:\w+\s+)?{UNDER_WAY}\s+(?:is|are|gets?)\s+(?:over|off|dead|cancell?ed|postponed|finished\s+for)"
    r"|it(?:['’]s|\s+is)\s+(?:over|off|a\s+no-?go)\b|stay(?:s|ing)?\s+(?:put|where|on\s+(?:the\s+)?(?!(?:the|new|current|present)\b)\S+|with\s+the\s+old|home)|remain\s+on\s+the\s+old"
    r"|pull(?:s|ing)?\s+(?:out\b|back\b|(?:the|this|our)\s+(?:release|build|version|deploy\w*|change|update|package|image|app)\b)|turn(?:s|ing)?\s+a?round\b"
    rf"|no\s+(?:further|more|next)\s+(?:\w+\s+)?{UNDER_WAY}\b|(?:ramp|dial|scale|turn)(?:s|ing|ed)?\s+(?:\S+\s+){{0,3}}?down\s+to\s+(?:0|zero|nothing)\b"
    r"|go\s+no\s+further|do\s+nothing\s+(?:further|more)\b|postpon(?:e|es|ing)|scrub(?:s|bing)?\b|scrap(?:s|ping)?\s+the|abandon(?:s|ing)?|reschedul(?:e|es|ing)"
    rf"|end(?:s|ing)?\s+(?:the|this|our)\s+(?:\w+\s+)?{UNDER_WAY}\b|(?:must|has\s+to|have\s+to)\s+(?:go|come\s+(?:off|out|down))(?=\W*$|\s+(?:when|if)\b)|(?:the|this)\s+(?:change|release|feature|flag|build|version)\s+(?:comes?\s+(?:off|out|back|down)|goes?\s+(?:off|back|down))\b"
    r"|leav(?:e|es|ing)\s+the\s+(?:others?|rest|remaining|next|second)\b(?:\s+\S+){0,2}?\s+(?:alone|untouched|as\s+(?:it\s+is|they\s+are)|where\s+\w+\s+(?:is|are))\b"
    r"|stop[\s-]the[\s-]line|pack\s+up|go\s+home|walk\s+away|fail(?:ing|s)?[\s-]?over\b"
)
_HALT = r"(?:stop|halt|paus|cancel|terminat|suspend|freez|hold|kill|interrupt|block|quit|ceas)(?:e|es|s|ing|ling|ping)?"
_GO_ON = (
    r"proceed(?:s|ing)?|continu(?:e|es|ing)|go(?:ing|es)?\s+(?:on|ahead|(?:any\s+)?further|live)|mov(?:e|es|ing)\s+(?:on|ahead|to|forward)|start(?:s|ing)?"
    r"|begin(?:s|ning)?|advanc(?:e|es|ing)|keep(?:s|ing)?\s+(?:\w+ing|on)|carry(?:ing)?\s+on|press(?:ing)?\s+on|push(?:ing)?\s+on|promot(?:e|es|ing)"
    r"|touch(?:es|ing)?|launch(?:es|ing)?|enter(?:s|ing)?|rais(?:e|es|ing)|increas(?:e|es|ing)|widen(?:s|ing)?|ramp(?:s|ing)?(?:\s+up)?|open(?:s|ing)?|merg(?:e|es|ing)|deploy(?:s|ing)?|ship(?:s|ping)?|publish(?:es|ing)?|go\b"
)
# said of what is seen, they need no negator to mean that one stays
_STAY = (
    r"carry(?:ing)?\s+on|stay(?:s|ing)?\s+(?:on|with)\s+(?:the\s+)?(?:new|current|present)\b|let\s+(?:it|them)\s+(?:run|be|finish)\b|keep(?:s|ing)?\s+(?:going|rolling|calm|on|it\s+(?:on|running)|watching|(?:the\s+)?(?:new\s+\w+|patch|release|change|update))|press\s+on|soldier\s+on|hold\s+(?:the\s+)?course|stay(?:s|ing)?\s+(?:the\s+)?course"
    r"|ignor(?:e|es|ing)|tolerat(?:e|es|ing)|(?:can\s+)?live\s+with|never\s+mind|shrug"
    r"|(?:roll|fix|fail|patch|go|push|move|mend)(?:s|ing)?[\s-]forwards?|only\s+(?:way\s+is\s+)?forwards?|hot-?fix"
    r"|leav(?:e|es|ing)\s+(?:it|them)\s+in(?=\W*$|\s+(?:when|if|while)\b)|leav(?:e|es|ing)\s+(?:it|this|that|them|the\s+(?!(?:old|former|previous|last|others?|rest|remaining|next|second)\b)\S+(?:\s+\S+)?|everything|things)\s+(?:on|alone|be|running|in\s+place|as\s+(?:it\s+is|they\s+are))\b|leave\s+(?:it|them)(?=\W*$)"
    r"|sit\s+(?:it|this|tight)(?:\s+out)?|(?:wait|ride)\s+(?:it|them|this)\s+out|let\s+(?:it|them)\s+(?:settle|pass|drain|recover)"
    r"|no\s+action|nothing\s+to\s+do|do\s+nothing(?!\s+(?:further|more|else)\b)|do(?:es)?\s+not\s+matter|(?:don['’]t|do\s+not)\s+(?:worry|panic|react|care|bother|fuss|sweat|stress)"
)
# "None of the below sends us back"
_NONE_OF = expression(
    r"^\W*(?:none\s+of\s+(?:these|them|those|this|the\s+\w+|what)|nothing\s+(?:of\s+this|below|(?:listed\s+)?here|on\s+this\s+list))\b",
    re.IGNORECASE,
)
_TICKET = expression(
    r"\b(?:log|note)\s+it\b|\b(?:file|open|raise|write)\s+(?:a\s+)?(?:ticket|bug|issue)\b", re.IGNORECASE
)
_LIVES_WITH = expression(r"\b(?:we|you)\s+(?:can\s+)?live\s+with\s+(?:it|them|this|that|these)\b", re.IGNORECASE)
_NORMAL = r"(?:(?:is|are|that['’]s|it['’]s|was)\s+(?:\w+\s+)?(?:normal|expected|harmless|fine|ok(?:ay)?|known|benign|noise|acceptable|tolerable|usual))"
_NEGATOR = expression(
    r"(?:\bnot(?!\s+only\b)|n['’]t|\bnever|\bno|\bwithout|\bavoid(?:s|ing)?|\bnobody|\bnor|\bneither|\brefrain\s+from|\brather\s+than|\binstead\s+of"
    r"|\bcannot|\bhardly|\bno\s+need\s+to|\bresist\w*)(?:\s+[\w'’-]+){0,4}\s*$",
    re.IGNORECASE,
)
_DOUBT = expression(
    r"\b(?:considers?|evaluat(?:es?|ing)|think\s+(?:twice|hard|about|carefully|of|over|again)|weigh(?:s|ed|ing)?|debat(?:es?|ing)|(?:and|then)\s+decide|make\s+the\s+call|judge?ment\s+calls?|judge?ment|discretion\w*"
    r"|discuss\w*|conversations?|think\s+\w+ly|talk(?:\s+(?:\w+\s+){0,3}(?:about|over|through|to|with)|ing\s+about)|assess(?:es|ing)?|may(?!\s+not\s+(?!be\b|have\b))|might|could|perhaps|maybe|optional(?:ly)?|case[\s-]by[\s-]case"
    r"|depends?|investigat(?:e|ing)(?!\s+(?:later|afterwards))|(?<!off\s)on\s+the\s+table|ask(?!\s+(?:questions|later|why|afterwards|your\s*self|yourselves))|up\s+to\s+(?:the|you)|decides?\s+(?:whether|if|together|with|about|on\s+(?:a|the|going|whether))|your\s+call|grey\s+zone|gray\s+zone"
    r"|(?:['’]s|whose|the\s+\w+)\s+(?:call|decision)|possibl[ey]|potential(?:ly)?|lean\s+towards|be\s+ready\s+to|prepare\s+to|get\s+ready\s+to|confer|consult|judges?|deliberate|hesitate|reluctant\w*"
    r"|not\s+sure|your\s+own\s+judge?ment|use\s+judge?ment|seriously|call\s+\w+\s+(?:and|to)\s+(?:decide|discuss))\b",
    re.IGNORECASE,
)
# "may roll back without asking": nobody is asked
_UNASKED = expression(
    r"\b(?:may|can)\b(?=[^.;]*\bwithout\s+(?:\w+\s+)?(?:ask|consult|approv|discuss|escalat|permission|further))|\bwithout\s+(?:\w+\s+)?(?:asking|consulting|discussion|discussing|escalation|approval)\b",
    re.IGNORECASE,
)
_NO_REASON = expression(
    r"\b(?:prefer|choose|favou?r)\b.*\b(?:over|to|instead\s+of|rather\s+than)\s+(?:an?\s+|the\s+)?(?:roll|revert|abort|back)\w*|(?:\b(?:not|no|never|nor|hardly|neither|none\s+of\s+(?:these|them|those|the\s+(?:following|below|above)|this|which)(?:\s+(?:is|are)\s+an?)?)|n['’]t)\s+(?:\w+\s+){0,3}?(?:reasons?|grounds?|causes?|excuses?|justification|enough|sufficient|motives?|triggers?)"
    r"\s+(?:\w+\s+){0,2}?(?:to|for|of)\b|\b(?:is|are)\s+(?:not|never)\s+(?:the|an?)\s+(?:right\s+)?(?:answer|cure|remedy|fix|solution|response|reaction)\s+(?:to|for)\b|\bno\s+need\s+(?:to|for)\s+(?:an?\s+)?(?=roll|revert|abort|stop|go(?:ing)?\s+back|undo|back)|\b(?:is|are)\s+(?:not|no)\s+(?:an?\s+)?(?:fall-?\s?back|roll-?\s?back|back-?\s?out|abort|stop|no-?\s?go|reversal)\s+(?:criteri\w+|reasons?|triggers?|conditions?|grounds?)\b|\b(?:no|not)\s+(?:an?\s+)?criteri(?:ons?|as?)\s+(?:to|for)\s+(?:an?\s+|the\s+)?(?:terminat|roll|abort|stop|revert|cancel|fall|back|go)\w*|(?:\bnot|n['’]t|\bnever)\s+leads?\s+to\s+(?:an?\s+|the\s+)?(?:terminat|roll|abort|abandon|stop|revert|cancel|return|back)\w*|\b(?:not|n['’]t)\s+worth\s+(?:an?\s+)?|(?:\bnot|n['’]t|\bnever)\s+(?:\w+\s+)?(?:justif(?:y|ies)|warrant|merit|call\s+for|trip|qualify|constitute\s+(?:an?\s+)?|require\s+(?:an?\s+)?)"
    r"|(?:\bnot|n['’]t|\bnever|\balone)\s+(?:\w+\s+)?(?:trigger|count|mean|stop|block)\s+(?:\w+\s+){0,2}?(?:us|roll|abort|revert|the\s+(?:release|deploy|rollout|change)|a\s+(?:roll|stop|abort|revert|no-?go))",
    re.IGNORECASE,
)
_REASON = expression(
    r"\b(?:(?:is|are)\s+(?:\w+\s+){0,2}?(?:reasons?|grounds?|causes?)(?:\s+enough)?\s+(?:to|for)|(?:justif(?:y|ies)|warrants?|calls?\s+for|requires?|triggers?|demands?)\s+(?:an?\s+|the\s+|immediate\s+)*)",
    re.IGNORECASE,
)
_FORBIDDEN = expression(
    r"\b(?:forbidden|prohibited|impossible|not\s+(?:an?\s+)?(?:allowed|permitted|possible|option)|no\s+(?:longer|option)|off\s+the\s+table|out\s+of\s+the\s+question|(?:must|may|should|shall)\s+(?:not|never)\s+be)\b",
    re.IGNORECASE,
)
_PRO = expression(
    r"\b(?:do(?:es)?|hit|use|pull|say|says|press|push|trip|flip|throw|call|declare|order|give|orders?)\s+(?:it|so|this|that|the\s+word)\b",
    re.IGNORECASE,
)
_BE = r"(?<!\block )(?<!\blocks )(?<!\blease )(?:(?:must|should|shall|has|have|need(?:s)?|ought|will|is|are)\s+(?:to\s+)?(?:(?:also|furthermore|likewise|then|always|in\s+any\s+case)\s+)?(?:be\s+)?|be\s+|gets?\s+)(?:\w+ly\s+|at\s+once\s+)?"
# a halt of nothing in particular, of what is under way, or of doing something: never of a service
_OBJECT = (
    r"(?=\s*(?:$|[,.;:!?)(–—-]|and\b|here\b|there\b|now\b|at\s+once|at\s+(?:this|that|the\s+first)|immediately|right\s+(?:away|there|here)|straight|the\s+moment|as\s+soon|if\b|when\b|once\b|in\s+case|on\s+any|until\b|between\b|before\b|half"
    rf"|with(?:out)?\b|(?:for|over|because\s+of|on\s+account\s+of)\W*$|for\s+(?:the\s+|an?\s+|\d+\s+|two\s+|some\s+)?(?:day|today|tonight|night|hour|week|while|hours|days)|everything|{_THE}*(?:[\w/-]+\s+){{0,2}}?{UNDER_WAY}\b|\w+ing\b))"
)
_PRONOUN = r"(?=\s+(?:it|this|that|them|yours)\b)"
_BACK_RE = expression(
    rf"\b(?:{_GO_BACK})\b|\b{_BE}(?:{_GONE_BACK})|\b{_OLD}\s+\w+(?:\s+\w+)?\s+(?:goes|comes|go|is\s+put|takes?|gets?|returns?)\s+(?:back|over|again)\b|\b{_OLD}\s+\w+\s+back\b|\b(?:the|our)\s+{_OLD}\s+\w+\s+(?:gets?|takes?|has|have|carries)\s+(?:\S+\s+){{1,3}}?(?:again|back)\b",
    re.IGNORECASE,
)
_END_RE = expression(rf"\b(?:{_END})|\b{_HALT}\b{_OBJECT}", re.IGNORECASE)
_BACK_OR_END = expression(f"{_BACK_RE.pattern}|{_END_RE.pattern}", re.IGNORECASE)
_HALT_IT = expression(rf"\b{_HALT}{_PRONOUN}", re.IGNORECASE)
_GO_ON_RE = expression(rf"\b(?:{_GO_ON})\b", re.IGNORECASE)
_STAY_RE = expression(rf"\b(?:{_STAY})\b", re.IGNORECASE)
_NORMAL_RE = expression(_NORMAL, re.IGNORECASE)
_ENDS = expression(
    rf"\b(?:ends?|stops?|closes?|blocks?|cancels?|kills?|halts?|aborts?|finishes)\s+(?:the|this|our|any|every|all)\s+(?:\w+\s+)?{UNDER_WAY}\b",
    re.IGNORECASE,
)
_PROGRAM = expression(
    r"\b(?:[a-z]|gate|key|pipeline|script|tool|operator|controller|watchdog|command|button|platform|system|scheduler|it|we|you|they|jenkins|argo\w*|job|who|that|which|to|can|may|not|never)\W*$",
    re.IGNORECASE,
)
_NOUN_TAKES = expression(
    r"\b(?:roll[\s-]?backs?|back-?outs?|revert|un-\w+|abort|fail-?over|fallback|downgrade)\s+(?:(?:itself|script|usually|will|would|can|of\s+\S+)\s+)*(?:takes?|loses?|means|destroys?|drops?|lasts?|works?|uses?|runs?|copies|costs?|needs?|brings?"
    r"|puts?|restores?|happens?|does|keeps?|removes?|deletes?|fails?|was|were|has|had|succeed\w*|complet\w+|time|procedures?|steps?|plans?|scripts?|section|commands?|is\s+(?:the|a|an|done|the\s+same|complete\w*|not\s+tested|described|documented|tested|automatic|possible)|are\s+(?:held|the))\b",
    re.IGNORECASE,
)
_SPARE = expression(
    r"fall-?back\s+(?!(?:if|when|once|on|in|to|is|was|criteria|conditions?|triggers?|plan)\b)[A-Za-z]\w+", re.IGNORECASE
)
_MACHINE = expression(
    r"(?:stop|halt|pause|cancel|terminate|suspend|freeze|hold|kill|interrupt|block|end|quit|cease)s\b", re.IGNORECASE
)
_NOT_CALLED = expression(r"\s+(?:is|are|will\s+be)\s+not\s+(?:\w+ly\s+)?(?:needed|required|necessary|warranted|justified|called\s+for|the\s+answer)\b", re.IGNORECASE)  # fmt: skip
_REMINDS = expression(r"\b(?:forget|hesitate|fail|be\s+afraid)\s+to\b", re.IGNORECASE)
_THEN_TOLD = expression(r",\s+(?:and\s+)?(?:talk|ask|call|consult)\s.*$", re.IGNORECASE)  # "don't start, talk to X"
_ARTICLE = expression(r"\b(?:the|an?|our|your|its|this)\s+$", re.IGNORECASE)
_FORWARD = expression(r"\b(?:roll|fix|fail|patch|mend|push)(?:s|ing)?[\s-]forwards?\b", re.IGNORECASE)
_UNABLE = expression(r"\b(?:can['’]t|cannot|can\s+not|could\s?n['’]t|unable\s+to)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
# enough to pass over most text: a stem of one of the words above
_STEMS = tuple(
    sorted(
        listed("""
    back revert undo abort stop stand halt flip throw paus cancel kill bail off plug brak over up switch no-go un- yank downgrad
    withdraw return restor abandon freez hold suspend terminat proceed continu go mov start begin carry keep leav
    ignor forward reason ground stay trigger touch postpon revers alone nothing wait hit use tolerat promot reinstat retract
    scra scru justif warrant quit block walk ramp merg ship deploy publish open trip pull turn pack again none reject
    harmless instal investig discuss consider count end finish flash void drop discard refus withh point decide alarm
    bother worr panic fuss sweat stress regress prefer favo cabl boot load settl stay
    ignored tolerable expected nobody thrown rules again remove reinst
""")
    )
)
_SHORT = (" no ", "no ", "then no", "do it", " do so", "line")
SPOKEN = Stems((*_STEMS, *_SHORT))


def spoken(text: str) -> bool:
    """Whether a text may speak of any of it: a quick look before the grammar."""
    return SPOKEN.found(text)


def mood(clause: str, *, home: bool = False, certain: bool = False) -> Polarity | None:
    """What a main clause asks for; None when it asks for none of it. `home`: the words around speak of going back.

    At home, and where the condition is `certain`, a pronoun is enough: "kill it", "do it".
    """
    if not spoken(clause):
        return None
    if no_reason_for(clause) or _LIVES_WITH.search(clause):
        return Polarity.DONT
    verbs = [_BACK_RE, _END_RE, *([_HALT_IT, _PRO] if home or certain else [])]
    said, refused = False, False
    for pattern in verbs:
        for match in pattern.finditer(clause):
            if _NOUN_TAKES.match(clause, match.start()):
                continue
            if not home and _MACHINE.match(match.group()):
                continue  # "Kubernetes stops sending traffic": nobody is told to
            if _UNABLE.search(clause[: match.start()]):
                continue  # "you can't go back": a fact
            if _SPARE.match(clause, match.start()) and _ARTICLE.search(clause[: match.start()]):
                continue  # "the fallback DNS" is a thing
            if _negated(clause, match.start()) or _NOT_CALLED.match(clause, match.end()):
                refused = True
            else:
                said = True
    if said and _NONE_OF.match(clause):
        return Polarity.DONT
    if (said or refused) and _FORBIDDEN.search(clause) and _BACK_RE.search(clause):
        return Polarity.DONT
    if not (said or refused or _STAY_RE.search(clause)):
        said = any(
            _negated(clause, match.start(), near=True) and not _ARTICLE.search(clause[: match.start()])
            for match in _GO_ON_RE.finditer(clause)
        )
    if said and not refused and _FORWARD.search(clause) and not _BACK_RE.search(clause):
        return Polarity.DONT  # "Stay on v4 and fix forward"
    if said:
        return Polarity.CONSIDER if doubts(_THEN_TOLD.sub("", clause)) else Polarity.DO
    if refused:
        return Polarity.DONT
    if not stays(clause) and not (home and _TICKET.search(clause)):
        return None
    return Polarity.CONSIDER if doubts(clause) else Polarity.DONT


_DENIED = Stems((), r"\b(?:no|nor|not|none|never|neither|hardly|alone|choose)\b|n['’]t|prefer|favo")


def no_reason_for(clause: str) -> bool:
    """Whether it says that something is no reason to go back."""
    return _DENIED.found(clause) and _NO_REASON.search(clause) is not None


def stays(clause: str) -> bool:
    """Whether it says to leave things as they are."""
    return any(not _negated(clause, match.start()) for match in _STAY_RE.finditer(clause))


@lru_cache(maxsize=256)  # several rooms ask for the same words
def doubts(clause: str) -> bool:
    """Whether a word makes a question of it: "think twice", "talk about"; "don't talk, do it" does not."""
    return any(not _negated(clause, match.start()) for match in _DOUBT.finditer(unasked(clause)))


def unasked(clause: str) -> str:
    """The words without those that nobody need be asked: "may roll back without asking"."""
    return _UNASKED.sub("", clause)


def ends(sentence: str) -> str | None:
    """What brings an end to what is under way: "a red smoke test" of "A red smoke test ends the deployment"."""
    match = _ENDS.search(sentence)
    subject = sentence[: match.start()].strip() if match is not None else ""
    return subject if len(subject.split()) > 1 and not _PROGRAM.search(subject) else None


def halts(clause: str) -> bool:
    """Whether it stops something named before: "Kill it"."""
    return _HALT_IT.search(clause) is not None


def goes_on(clause: str) -> bool:
    """Whether a clause says to go on, or that there is nothing to do: "log it, go on", "none"."""
    return bool(
        _STAY_RE.search(clause)
        or _NORMAL_RE.search(clause)
        or re.search(
            r"\b(?:continue|proceed|go\s+on|monitor|watch|wait|expected|normal)\b|^\W*(?:no|none|never|nothing|nope)\b",
            clause,
            re.IGNORECASE,
        )
    )


def normal(clause: str) -> bool:
    """Whether something seen is said to be harmless."""
    return bool(_NORMAL_RE.search(clause)) or bool(
        re.search(r"\bgo(?:es)?\s+away\b|\bon\s+its\s+own\b", clause, re.IGNORECASE)
    )


def reason(clause: str) -> Polarity | None:
    """What "… is not a reason to go back" and "… is reason enough to stop" say of what stands before."""
    if no_reason_for(clause):
        return Polarity.DONT
    match = _REASON.search(clause)
    back = (
        _BACK_RE.search(clause, match.start()) or _END_RE.search(clause, match.start()) if match is not None else None
    )
    if back is None:
        return None
    # "is a reason to resize the cluster, not to turn back"
    return Polarity.DONT if re.search(r"\b(?:not|never)\s+to\s+(?:\w+\s+)?$", clause[: back.start()]) else Polarity.DO


def forbids(clause: str) -> bool:
    """Whether going back is said to be over: "flashback is forbidden", "must not be downgraded"."""
    return bool(_FORBIDDEN.search(clause)) and bool(_BACK_RE.search(clause))


_NO_WAY = expression(
    r"^(?:from|past|after|beyond|once|with|as\s+soon\s+as)\b.*\b(?:there\s+is|there['’]s|we\s+have|you\s+have)\s+no\s+(?:(?:way|road|path|going|turning|getting)\s+back|abort(?:ing)?|roll-?\s?back|return(?:ing)?)\b[^,;]*(?:,\s*(?:so|therefore|hence|which|only|but|except)\b.*)?$",
    re.IGNORECASE,
)
_NO_RETURN = expression(
    r"^[^,:;]+\s(?:is|marks|was|will\s+be)\s+(?:the|our|a)\s+point\s+of\s+no\s+return\b[^,:;]*$", re.IGNORECASE
)
_ENTITLED = expression(
    r"^\W*(?P<who>anybody|anyone|everybody|everyone|(?:any|each|every)\s+(?:one\s+)?of\s+(?:us|you)|(?:the|an?|any|each|every)(?:\s+[\w'’-]+){1,5}?)"
    r"\s+(?:may|can)\s+(?:always\s+|also\s+)?\w+(?:\s+(?:back|off|out|it|(?:the|an?)\s+\w+))*(?:\s+at\s+any\s+(?:time|point|moment))?$",
    re.IGNORECASE,
)
_ANYBODY = expression(r"(?:any|every)(?:body|one)\b|(?:any|each|every)\s.*\b(?:us|you)$", re.IGNORECASE)
_IS_NO_REASON = expression(
    r"\b(?:(?:is|are)\s+(?:not|no)|(?:is|are)n['’]t)\s+(?:an?\s+)?(?:reasons?|grounds?|cause|excuse|trigger)(?=$|,)",
    re.IGNORECASE,
)


def final(clause: str) -> bool:
    """Whether there is no way back from somewhere on: "Past this point there is no way back"."""
    return " no " in clause and (_NO_WAY.match(clause) is not None or _NO_RETURN.match(clause) is not None)


def entitles(clause: str) -> bool:
    """Whether it says who has the right to, and not when: "Anybody may abort at any time"."""
    found = _ENTITLED.match(clause) if " may " in clause or " can " in clause else None
    return found is not None and (_ANYBODY.match(found["who"]) is not None or capacities.is_person(found["who"]))


def no_reason(clause: str) -> bool:
    """Whether it says "… is not a reason", and leaves to the words around what for."""
    return _IS_NO_REASON.search(clause) is not None


@lru_cache(maxsize=256)  # several rooms ask for the same words
def retreats(clause: str) -> bool:
    """Whether a verb or noun of going back or ending stands in it, whatever is said of it."""
    return _BACK_OR_END.search(clause) is not None


def _negated(clause: str, at: int, *, near: bool = False) -> bool:
    start = max((clause.rfind(mark, 0, at) for mark in ",;:.!?—–("), default=-1)
    before = clause[start + 1 : at]
    if _REMINDS.search(before):
        return False
    found = _NEGATOR.search(before[max(before.rfind(" and "), before.rfind(" but ")) + 1 :])
    return found is not None and (not near or len(found.group().split()) <= 3)
