"""Why the embedded PostgreSQL cannot run now, and what to do about it."""

from bekal.config.postgres.texts import early_gettext_lazy as _
from bekal.core.errors import Unavailable


class PostgresUnavailable(Unavailable):
    """Base of every reason why the embedded database is not there."""

    code = "postgres_unavailable"
    message = _("The database in {home} cannot be used: {reason}.")


class HomeUnknown(PostgresUnavailable):
    """`BEKAL_HOME` is not set, and the user has no home folder."""

    code = "postgres_home_unknown"
    message = _("This user has no home folder. Set BEKAL_HOME to the folder where Bekal may keep its data.")


class HomeNotAFolder(PostgresUnavailable):
    """There is something else than a folder where the home, or a folder above it, should be."""

    code = "postgres_home_not_a_folder"
    message = _("{path} is not a folder. Move it away, or set BEKAL_HOME to a folder.")


class HomeNotWritable(PostgresUnavailable):
    """The user may not open or write a file or folder of the home."""

    code = "postgres_home_not_writable"
    message = _("{path} cannot be opened or written: {reason}. Make it writable, or set BEKAL_HOME to a folder that is.")


class PathUnsuitable(PostgresUnavailable):
    """A path holds a character that PostgreSQL's programs would misread."""

    code = "postgres_path_unsuitable"
    message = _("PostgreSQL cannot work below {path}: its name holds one of {characters}. Use a folder without them.")


class SocketPathTooLong(PostgresUnavailable):
    """Neither the home nor the folder for temporary files has a path short enough for a Unix socket."""

    code = "postgres_socket_path_too_long"
    message = _("{path} is too deep for a socket ({limit} bytes at most). Set TMPDIR or BEKAL_HOME to a shorter path.")


class FolderNotEnterable(PostgresUnavailable):
    """As root, PostgreSQL runs as another user, who cannot enter a folder above the data."""

    code = "postgres_folder_not_enterable"
    message = _(
        "PostgreSQL refuses to run as root, so it runs as user {user}, who cannot enter {folder}. "
        "Set BEKAL_HOME to a folder outside it, or let that user in: chmod o+x {folder}"
    )


class FolderNotPrivate(PostgresUnavailable):
    """The folder of the socket is a link or a file, or other users can enter it."""

    code = "postgres_folder_not_private"
    message = _("{path} must be a folder of user {user} that nobody else can enter (mode 700). Find out who made it; remove it.")


class NoUser(PostgresUnavailable):
    """As root, no other user can be used for PostgreSQL."""

    code = "postgres_no_user"
    message = _(
        "PostgreSQL refuses to run as root, and no other user can be used here ({reason}). "
        "Start Bekal as an ordinary user, or set DATABASE_URL to a server of your own."
    )


class ProgramsMissing(PostgresUnavailable):
    """The wheel that carries PostgreSQL's programs is missing or incomplete."""

    code = "postgres_programs_missing"
    message = _("There is no {path}. Reinstall {package}, or set DATABASE_URL to a server of your own.")


class ProgramsNotExecutable(PostgresUnavailable):
    """The disk that holds PostgreSQL's programs does not let any program run."""

    code = "postgres_programs_not_executable"
    message = _("The programs in {path} may not be run; perhaps the disk is mounted with noexec. Set BEKAL_HOME to another disk.")


class DiskFull(PostgresUnavailable):
    """There is no room left for the data."""

    code = "postgres_disk_full"
    message = _("The disk of {home} is full. Nothing stored is lost: free some space and start again.")


class DataNotOurs(PostgresUnavailable):
    """The data folder belongs to another user, or has a mode that PostgreSQL refuses."""

    code = "postgres_data_not_ours"
    message = _(
        "{path} belongs to {owner} with mode {mode}. PostgreSQL opens it only if it belongs to {user} with mode 700. "
        "Start Bekal as {owner}, or change it: chown -R {user} {path}; chmod 700 {path}"
    )


class DataIncomplete(PostgresUnavailable):
    """There is a data folder, but no cluster in it."""

    code = "postgres_data_incomplete"
    message = _(
        "{path} is there, but holds no PostgreSQL. Nothing was changed in it. Mount the disk or restore the backup that belongs "
        "there, or move it away to begin with an empty database."
    )


class OtherMajorVersion(PostgresUnavailable):
    """The data was written by another major version of PostgreSQL."""

    code = "postgres_other_major_version"
    message = _(
        "{path} was written by PostgreSQL {found}, and this is PostgreSQL {expected}. Nothing was changed in it. "
        "Dump it with version {found} and restore it here, or use pg_upgrade."
    )


class InitFailed(PostgresUnavailable):
    """`initdb` failed, and not for want of room."""

    code = "postgres_init_failed"
    message = _("No database could be made in {home}: {output}")


class StartFailed(PostgresUnavailable):
    """The server failed to start, and not for want of room."""

    code = "postgres_start_failed"
    message = _("PostgreSQL does not start. The end of {log}:\n{output}")


class StopFailed(PostgresUnavailable):
    """The server still runs after it was told to stop."""

    code = "postgres_stop_failed"
    message = _("PostgreSQL (process {pid}) does not stop: {output}")


class ForeignServer(PostgresUnavailable):
    """A server runs on the data that was not started by Bekal, or cannot be told from one."""

    code = "postgres_foreign_server"
    message = _(
        "Process {pid} may be a PostgreSQL that someone else started on {path}. Nothing was touched. Stop it, then try again."
    )


class ServerStuck(PostgresUnavailable):
    """A server that Bekal started earlier runs, and does not answer."""

    code = "postgres_server_stuck"
    message = _(
        "Processes of an earlier PostgreSQL still hold {path} and do not answer. Nothing was touched. "
        "Wait until they end, or stop every Bekal that uses {home}, then try again."
    )


class NotDurable(PostgresUnavailable):
    """A server that may lose data runs, and other processes use it."""

    code = "postgres_not_durable"
    message = _("A test is using {home} with a server that may lose data in a power cut. Wait until it ends, then try again.")
