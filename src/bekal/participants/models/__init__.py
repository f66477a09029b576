"""The tables of people: one file for each subject. They are imported from here."""

from bekal.participants.models.applications import REASON_CHARACTERS, Application, ApplicationState, ResultTry
from bekal.participants.models.draws import Draw, DrawNumber, DrawPart, DrawState, PartKind, SignatureTry
from bekal.participants.models.enrolments import AwaitedNotice, Enrolment, EnrolmentStatus, Introduction
from bekal.participants.models.people import (
    EVIDENCE_CHARACTERS,
    NAME_CHARACTERS,
    OCCUPATION_CHARACTERS,
    Bar,
    Education,
    IdentityCheck,
    IdentityState,
    Participant,
    Sex,
)
from bekal.participants.models.registration import Answer, Consent, Draft, IdentityClaim
from bekal.participants.models.screening import (
    SOURCE_CHARACTERS,
    DoubleRegistration,
    ExclusionEntry,
    ExclusionList,
    HitState,
    Screening,
    ScreeningHit,
)

__all__ = [
    "EVIDENCE_CHARACTERS",
    "NAME_CHARACTERS",
    "OCCUPATION_CHARACTERS",
    "REASON_CHARACTERS",
    "SOURCE_CHARACTERS",
    "Answer",
    "Application",
    "ApplicationState",
    "AwaitedNotice",
    "Bar",
    "Consent",
    "DoubleRegistration",
    "Draft",
    "Draw",
    "DrawNumber",
    "DrawPart",
    "DrawState",
    "Education",
    "Enrolment",
    "EnrolmentStatus",
    "ExclusionEntry",
    "ExclusionList",
    "HitState",
    "IdentityCheck",
    "IdentityClaim",
    "IdentityState",
    "Introduction",
    "PartKind",
    "Participant",
    "ResultTry",
    "Screening",
    "ScreeningHit",
    "Sex",
    "SignatureTry",
]
