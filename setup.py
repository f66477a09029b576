"""What pyproject.toml cannot say: whoever builds the package, in whatever form, compiles the translations."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from setuptools import setup
from setuptools.command.build_py import build_py

_LOCALES = Path(__file__).parent / "src" / "bekal" / "locale"


class BuildWithTranslations(build_py):
    """Compiles before anything asks which files there are, for a wheel, a source distribution and an editable installation."""

    def finalize_options(self) -> None:
        super().finalize_options()
        for source in _LOCALES.glob("*/LC_MESSAGES/*.po"):
            with source.open("rb") as po, source.with_suffix(".mo").open("wb") as mo:
                write_mo(mo, read_po(po, locale=source.parents[1].name))


setup(cmdclass={"build_py": BuildWithTranslations})
