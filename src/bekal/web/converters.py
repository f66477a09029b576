"""How values are written in addresses."""

from urllib.parse import unquote


class CodeConverter:
    """The code of a training: any printable text without white space.

    A slash, a percent sign, and a code of dots alone are escaped once more, for browsers and servers take those for themselves.
    """

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        code = unquote(value)
        if not code.isprintable():
            raise ValueError(value)
        return code

    def to_url(self, code: str) -> str:
        escaped = code.replace("%", "%25").replace("/", "%2F")
        return escaped if escaped.strip(".") else escaped.replace(".", "%2E")
