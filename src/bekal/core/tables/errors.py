"""Why a table cannot be used at all."""

from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Invalid


class FileUnreadable(Invalid):
    """The file cannot be opened or read."""

    code = "file_unreadable"
    message = _("{file} cannot be read: {reason}. Nothing of it was used.")


class FileNotUtf8(Invalid):
    """The file is in another encoding."""

    code = "file_not_utf8"
    message = _("{file} is not UTF-8 text: line {line} holds bytes that are not. Save it as “CSV UTF-8”. Nothing of it was used.")


class FileEmpty(Invalid):
    """The file has no header."""

    code = "file_empty"
    message = _("{file} is empty: it must have a header with the names of its columns. Nothing of it was used.")


class RecordTooLong(Invalid):
    """A record of unreasonable length, most often since a quotation mark is never closed."""

    code = "record_too_long"
    message = _(
        "The record that starts on line {line} of {file} is too long to be one. Most often a quotation mark is never closed."
        " Nothing of it was used."
    )


class ColumnAbsent(Invalid):
    """A column that is needed is not in the header."""

    code = "column_absent"
    message = _("{file} has no column “{column}”. Its columns are: {columns}. Nothing of it was used.")


class ColumnRepeated(Invalid):
    """A column that is needed is in the header more than once."""

    code = "column_repeated"
    message = _("{file} has more than one column “{column}”. Nothing of it was used.")


class HeaderBroken(Invalid):
    """A quotation mark in the header runs into a record."""

    code = "header_broken"
    message = _(
        "A quotation mark opens in the header of {file} and runs into line {line}. Remove it, or close it in its own cell."
        " Nothing of it was used."
    )


class DelimiterUnclear(Invalid):
    """The header can be read with more than one delimiter."""

    code = "delimiter_unclear"
    message = _("The header of {file} can be read with different delimiters: {names}. Say which it is. Nothing of it was used.")


class DelimiterUnknown(Invalid):
    """The delimiter that was given is none."""

    code = "delimiter_unknown"
    message = _("“{delimiter}” is no delimiter. There are: {names}.")
