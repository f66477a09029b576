"""The tables of people: one file for each subject. They are imported from here."""

from bekal.participants.models.applications import REASON_CHARACTERS, Application, ApplicationState
from bekal.participants.models.enrolments import Enrolment, EnrolmentStatus
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
from bekal.participants.models.registration import Consent, Draft, IdentityClaim

__all__ = [
    "EVIDENCE_CHARACTERS",
    "NAME_CHARACTERS",
    "OCCUPATION_CHARACTERS",
    "REASON_CHARACTERS",
    "Application",
    "ApplicationState",
    "Bar",
    "Consent",
    "Draft",
    "Education",
    "Enrolment",
    "EnrolmentStatus",
    "IdentityCheck",
    "IdentityClaim",
    "IdentityState",
    "Participant",
    "Sex",
]
