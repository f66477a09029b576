from bekal.config.postgres.texts import early_gettext_lazy as _
from bekal.core.errors import Invalid, Refused, Unavailable


class PassphraseMissing(Invalid):
    """Nobody can be asked, and no file was named; or it is too short."""

    code = "passphrase_missing"
    message = _(
        "A passphrase of {characters} characters or more is needed. Type it when asked, or name a file with it: --passphrase-file"
    )


class PassphrasesDiffer(Invalid):
    """It was typed twice, differently."""

    code = "passphrases_differ"
    message = _("The two passphrases differ. Nothing was written; start again.")


class NotABackup(Invalid):
    """The file is something else, is incomplete, or was changed."""

    code = "not_a_backup"
    message = _("{path} is not a whole backup of Bekal: {reason}. Nothing was restored.")


class WrongPassphrase(Invalid):
    """The passphrase does not open the secrets of the backup, or the backup was changed since."""

    code = "wrong_passphrase"
    message = _("This passphrase does not open {path}, or the file was changed since it was written. Nothing was restored.")


class BackupExists(Refused):
    """A file is never written over."""

    code = "backup_exists"
    message = _("{path} is there already and is not written over. Name another file.")


class BackupFailed(Unavailable):
    """PostgreSQL's program failed."""

    code = "backup_failed"
    message = _("{program} failed, and nothing was kept of it: {reason}")


class DatabaseNotEmpty(Refused):
    """A backup is restored into an empty database alone."""

    code = "database_not_empty"
    message = _(
        "The database {database} holds something, and a backup is restored into an empty one alone. Name another in DATABASE_URL,"
        " or another folder in BEKAL_HOME."
    )


class SecretsInTheWay(Refused):
    """The home folder or the environment has other secrets than the backup."""

    code = "secrets_in_the_way"
    message = _(
        "The secrets of this installation have the check value {given}, those of the backup {expected}, and secrets are never"
        " written over. Restore into another folder in BEKAL_HOME, or without BEKAL_IDENTITY_SECRET and BEKAL_SECRET_KEY."
    )
