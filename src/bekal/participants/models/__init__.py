"""The tables of people: one file for each subject. They are imported from here."""

from bekal.participants.models.applications import REASON_CHARACTERS, Application, ApplicationState
from bekal.participants.models.enrolments import AwaitedNotice, Enrolment, EnrolmentStatus
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

__all__ = [
    "EVIDENCE_CHARACTERS",
    "NAME_CHARACTERS",
    "OCCUPATION_CHARACTERS",
    "REASON_CHARACTERS",
    "Application",
    "ApplicationState",
    "AwaitedNotice",
    "Bar",
    "Education",
    "Enrolment",
    "EnrolmentStatus",
    "IdentityCheck",
    "IdentityState",
    "Participant",
    "Sex",
]
