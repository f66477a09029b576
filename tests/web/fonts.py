"""Two families of fonts, made here, so that what fits on a page is the same on every machine.

Which fonts a machine has decides how wide its pages are. The browser of the tests sees one of these families and nothing else.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

_UNITS: Final = 1000
_ASCENT, _DESCENT, _HEIGHT = 930, -240, 710

# As wide as Verdana and DejaVu Sans in bold, the widest of the families that people's devices bring; in thousandths of an em.
_ADVANCES: Final = (
    (350, " \u00a0il'’‘"),
    (410, "j.,:;!·"),
    (510, "frt"),
    (600, 'cszIJ-()[]“”"'),
    (870, "ABCDEFGHKLNOPQRSTUVXYZ–−+×=<>"),
    (1130, "mwMW%@—…→"),
)
_USUAL_ADVANCE: Final = 720
_CHARACTERS: Final = [*map(chr, range(0x20, 0x7F)), *map(chr, range(0xA0, 0x180)), *"–—‘’“”…−→"]


# Hinting would round every advance to whole pixels.
_CONFIGURATION: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<dir>{folder}</dir>
<cachedir>{folder}/cache</cachedir>
<match target="pattern"><edit name="hinting" mode="assign"><bool>false</bool></edit></match>
</fontconfig>
"""


@dataclass(frozen=True, slots=True)
class Family:
    """A family by its width, where 1 is the widest."""

    name: str
    width: float

    def advance(self, character: str) -> int:
        """How far one character moves the next, in thousandths of an em."""
        wide = next((advance for advance, characters in _ADVANCES if character in characters), _USUAL_ADVANCE)
        return round(wide * self.width)


WIDE: Final = Family("Bekal Wide", 1)
NARROW: Final = Family("Bekal Narrow", 0.62)
FAMILIES: Final = (WIDE, NARROW)


def install(family: Family, folder: Path) -> Path:
    """Make the family in an empty folder, regular and bold.

    Returns:
        A configuration for `FONTCONFIG_FILE`: with it, a program finds this family alone.
    """
    for style, weight in (("Regular", 400), ("Bold", 700)):
        _make(family, style=style, weight=weight, path=folder / f"{style}.ttf")
    configuration = folder / "fonts.conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder))
    return configuration


def _make(family: Family, *, style: str, weight: int, path: Path) -> None:
    advances = {ord(character): family.advance(character) for character in _CHARACTERS}
    glyphs = {".notdef": family.advance("")} | {f"w{advance}": advance for advance in sorted(set(advances.values()))}
    builder = FontBuilder(_UNITS, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({point: f"w{advance}" for point, advance in advances.items()})
    builder.setupGlyf({name: _block(advance) for name, advance in glyphs.items()})
    builder.setupHorizontalMetrics({name: (advance, 40) for name, advance in glyphs.items()})
    builder.setupHorizontalHeader(ascent=_ASCENT, descent=_DESCENT)
    builder.setupNameTable({"familyName": family.name, "styleName": style})
    builder.setupOS2(
        sTypoAscender=_ASCENT, sTypoDescender=_DESCENT, usWinAscent=_ASCENT, usWinDescent=-_DESCENT, usWeightClass=weight
    )
    builder.setupPost()
    builder.save(path)


def _block(advance: int) -> object:
    """A bar as tall as a capital, so that the length of words can be seen."""
    pen = TTGlyphPen(None)
    pen.moveTo((40, 0))
    for corner in ((40, _HEIGHT), (advance - 40, _HEIGHT), (advance - 40, 0)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()
