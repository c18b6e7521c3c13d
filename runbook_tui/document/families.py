"""Families of words: what writers call those who agree, and what they call agreeing. Data, and patterns of it.

A family is a text of words; `_` joins what is written apart ("thumbs_up" is also "thumbs up" and "thumbs-up").
"""

from __future__ import annotations

# nouns for an assent: somebody gives it, and then one may go on
ASSENTS = """
    approval approvals consent permission blessing blessings thumbs_up thumb_up go_ahead green_light
    green_lights ok okay yes yeses lgtm acceptance agreement sign_off sign_offs signature signatures visa
    clearance authorisation authorization authorisations authorizations nod countersignature endorsement
    acknowledgement acknowledgment confirmation leave mandate ratification vote votes handshake handshakes
    concurrence accord assent autograph initials +1 four_eyes two_person second_pair_of_eyes
"""
# what is done by those who agree, as their subject has it; the ending may be missing: "must approve"
ASSENTS_VERBS = """
    approve approves agree agrees consent consents accept accepts authorise authorises authorize authorizes sign
    signs countersign countersigns endorse endorses ok oks okay okays ratify ratifies vote votes nod nods
    initials vouch vouches acknowledge acknowledges confirm confirms permit permits allow allows concur concurs
    bless blesses certify certifies attest attests underwrite underwrites say_yes says_yes say_go says_go say_ok
    says_ok say_okay says_okay say_so says_so say_it says_it give_go
"""
# passive: "released by"
AGREED = """
    approved accepted agreed consented authorised authorized signed countersigned endorsed okayed ok'd ratified
    initialled acknowledged confirmed permitted allowed cleared released certified attested witnessed reviewed
    checked double-checked verified given granted waved_through let_through passed closed green-lit signed_off
    looked_at looked_over seen read validated audited inspected
"""
# what those have done who have agreed: nothing else is meant by it
CONSENTED = """
    approved agreed consented accepted authorised authorized signed signed_off countersigned endorsed okayed ok'd
    ratified initialled green-lit said_yes said_go said_ok said_okay said_so given_ok voted_yes voted_go
"""
# nouns of an assent that stand for nothing else
LEAVE = """
    approval approvals consent permission blessing thumbs_up thumb_up go_ahead green_light ok okay lgtm acceptance
    agreement sign_off sign_offs clearance authorisation authorization nod countersignature endorsement mandate
    ratification concurrence visa four_eyes +1 go yes
"""
# what a hand puts behind a name
HANDS = """
    signature initials initialled autograph paraph stamp sign signed date time name hour
"""
# work that is done by somebody who then puts a name to it
WORKED = """
    implemented executed performed completed tested deployed installed received handed_over taken_over prepared
    carried_out run closed accompanied observed control check review verification
"""
# an assent that is to be had
NEEDS = """
    need needs needed require requires required get obtain ask_for request secure seek wait_for await collect must_have
    get_hold_of subject_to
"""
# departments and words that are as often what is approved as who approves
THINGS = """
    change changes release deployment production network networking database data risk architecture testing
    test governance model code plan design build budget infrastructure application app user users content hardware
    software system systems project program programme
"""
# what somebody is who does not mind
CONTENT = """
    fine happy ok okay content satisfied aware informed comfortable in_agreement on_board in_favour good_with
    willing at_ease
"""
# who is only to be found: reached, told, on duty
DUTIES = """
    contact contacts call_in phone pager page reach notify notified inform escalate escalation attend attends
    attendees participants participate invite invited present copy help on_duty on_shift rota roster available
    reachable hotline
"""
# over what stands at the end: who has seen the work through puts a name there
CLOSINGS = """
    completion close_out closeout closing closure close handover hand_over result results outcome conclusion
    wrap_up exit end_of end completed done finish finished record acceptance release_decision decision
    signing_off
"""
# people by what they do, where the ending of the word does not tell
PEOPLE = """
    person people colleague somebody someone anybody anyone everybody everyone member members guild squad crew
    tribe desk office board panel jury council counsel committee chief boss head heads lead leads staff party
    parties witness deputy sheriff marshal captain mate pilot steward custodian guardian champion buddy trainee
    intern student physician physicist nurse doctor pharmacist foreman forewoman journalist secretary attorney
    lawyer clerk agent treasurer comptroller dispo dispatcher duty treasury legal finance claims eyes pair
    authority authorities requester requestor submitter
    delegate delegates shadow
    author partner client customer vendor supplier landlord bank users_council works_council shift group team
    teams department division unit branch quorum host hosts chair pm po
"""
# who answers for something, as it is said elsewhere; "-er", "-or" and "-ist" tell many others
PEOPLE_ELSEWHERE = """
    verantwortlicher verantwortliche leiter leiterin leitung technikerin ingenieur ingenieurin betreiber chef cheffe
    responsable responsables encargado encargada jefe jefa gerente ingeniero ingeniera tecnico técnico técnica operario
    ingénieur technicien exploitant pilote directrice responsabile tecnico ingegnere capo referente responsável
    engenheiro engenheira verantwoordelijke beheerder leidinggevende
"""
# words that end like people and are machines or things
DEVICES = """
    server servers router cluster clusters container containers scheduler balancer order orders number numbers
    buffer folder reader writer header footer timer counter error errors sensor monitor vector parameter
    parameters loader driver drivers controller_manager docker filter layer mirror connector exporter importer
    compiler adapter broker brokers worker workers consumer consumers producer producers listener handler parser
    runner provider helper trigger triggers finger letter paper power user_agent cursor editor computer printer
    charger breaker firmware tracker user users register poster transfer water weather winter september october
    november december after over under other further later never whether either neither rather together however
    former behaviour behavior color colour factor floor door motor processor accelerator emulator simulator
    validator_set operator_pod resolver installer updater watcher crawler indexer replicator selector descriptor
    master slave follower primary secondary replica leader_election chapter quarter meter tier
    storage_controller ingress_controller controller_node gateway offer buyer_id banner marker pointer scanner
    dollar calendar latter better greater lower higher upper inner outer super per cover discover deliver
    recover remember answer enter hopper shutter barrier carrier tester_account player wrapper spooler logger
    bumper dashboard keyboard linter bot hook crawler analyzer analyser fuzzer
"""
# a thing that is not let go on
SHUT = """
    paused closed shut off disabled blocked frozen stopped locked cordoned suspended unplugged held halted
    in_maintenance out_of_the_pool out_of_service shut_off switched_off turned_off as_it_is as_they_are
    where_it_is behind_the_flag
"""
# verbs and nouns for the way back
GOING_BACK = """
    roll_back rolls_back rolling_back rollback rollbacks roll_backs back_out backs_out backing_out backout backouts
    revert reverts reverting reversion undo undoing fall_back falls_back falling_back fail_back failback
    downgrade reversal return go_back goes_back going_back back_it_out roll_it_back
"""
# verbs and nouns for an end of the work
GIVING_UP = """
    abort aborts aborting abortion bail bail_out bailing_out call_off calling_off give_up giving_up no_go abandon
    termination cancellation retreat withdrawal
"""
# they end the work only with its name behind them: "stop the service" is a step
HALTING = """
    stop stops stopping halt halts halting pause pauses pausing cancel cancels cancelling terminate terminates
    terminating kill kills killing freeze suspend hold interrupt
"""
# what is done at once to a thing that people use
SHUTTING = """
    close shut lock isolate unplug disconnect disable take switch turn pull put
"""
# nouns of what is under way
WORK = """
    deployment deployments deploy rollout roll_out release releases migration cutover cut_over canary upgrade update
    change launch go_live maintenance experiment exercise drill switchover switch_over game_day procedure activity
    rotation wave phase ramp ramp_up operation installation promotion transition implementation patching
"""
# nouns that stand over conditions
CRITERIA = """
    criteria criterion criterias criterions
    trigger triggers condition conditions threshold thresholds indicator indicators sign signs
    signal signals symptom symptoms reason reasons limits rules grounds
"""
# how a condition begins
IFS = """
    if when whenever as_soon_as the_moment should in_case in_the_event in_the_case where
"""
# what a condition does
PROMPTING = """
    prompt prompts prompting trigger triggers triggering cause causes mean means require requires warrant warrants
    justify justifies call_for calls_for force forces lead_to leads_to demand demands
"""
# what is said of a rollback, and is none
TELLING = """
    document record list define agree test verify ensure confirm communicate notify inform announce
"""
# what becomes of work that is given up
THROWN_AWAY = """
    thrown_away discarded reversed binned scrapped undone abandoned cancelled canceled aborted withdrawn
    reverted removed rolled_back backed_out closed_early ended stopped halted called_off given_up postponed
    put_off taken_back pulled withheld rejected refused suspended broken_off switched_back put_back returned
"""
# what is brought in by a deployment
RELEASED = """
    release releases build builds version versions feature features change changes image package canary canaries
    firmware patch update updates import imports candidate model page form flag rule ruleset certificate
    configuration config schema index agent driver new_version
"""
OLD = """
    old older previous former prior last earlier original blue legacy known_good stable proven primary
"""
_AGENT = ("er", "ers", "or", "ors", "ist", "ists", "ian", "ians", "man", "men", "woman", "ant", "ants", "eer", "eers")


def alternatives(*families: str) -> str:
    """A pattern for any word of some families, the longest first."""
    words = sorted({word for family in families for word in family.split()}, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(_spelt(word) for word in words) + ")"


def _spelt(word: str) -> str:
    parts = [part.replace("+", r"\+").replace("'", "['’]") for part in word.split("_")]
    return r"(?:[\s-]+|(?<=\w)(?=\w))".join(parts) if len(parts) > 1 else parts[0]


_PEOPLE = frozenset(word.replace("_", " ") for word in PEOPLE.split())
_DEVICES = frozenset(word.replace("_", " ") for word in DEVICES.split())


def agent(word: str) -> bool:
    """Whether a word names a person by what it does: "commander", "sheriff", "physicist"; a "scheduler" is none."""
    low = word.lower().strip(".,*'’`\"()").removesuffix("'s").removesuffix("’s")
    if low in _PEOPLE:
        return True
    return len(low) > 4 and low.endswith(_AGENT) and not low.endswith("over") and low not in _DEVICES
