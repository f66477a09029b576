"""The words of which a programme definition takes one: each is a value in the TOML file."""

from enum import StrEnum


class Language(StrEnum):
    """A language that people read."""

    INDONESIAN = "id"
    ENGLISH = "en"


class Currency(StrEnum):
    """The currency of every amount. The ledger holds whole rupiah."""

    RUPIAH = "IDR"


class TimeZone(StrEnum):
    """Where the programme's days begin and end. `bekal.core.clock` keeps Jakarta's calendar."""

    JAKARTA = "Asia/Jakarta"


class ReleaseMilestone(StrEnum):
    """What must have happened to a purchase before its price is owed to the provider; until then it waits in escrow."""

    REDEEMED = "redeemed"
    FIRST_ATTENDANCE = "first_attendance"
    COMPLETED = "completed"


class Gate(StrEnum):
    """What a participant must have done before an instalment is paid. Each is one question to the records."""

    FIRST_TRAINING_COMPLETED = "first_training_completed"
    FIRST_TRAINING_RATED = "first_training_rated"
    PAYMENT_ACCOUNT_VERIFIED = "payment_account_verified"


class Balance(StrEnum):
    """The two balances of an enrolment, under their names in the ledger."""

    TRAINING = "training"
    INCENTIVE = "incentive"


class QuestionKind(StrEnum):
    """How a survey question is answered."""

    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    TEXT = "text"


class EducationLevel(StrEnum):
    """The school a person has finished, from the lowest up."""

    PRIMARY = "primary"
    LOWER_SECONDARY = "lower_secondary"
    UPPER_SECONDARY = "upper_secondary"
    DIPLOMA = "diploma"
    BACHELOR = "bachelor"
    POSTGRADUATE = "postgraduate"


class ChannelKind(StrEnum):
    """What kind of account money is paid to."""

    BANK = "bank"
    E_WALLET = "e_wallet"
