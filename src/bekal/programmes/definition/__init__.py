"""What a programme promises, as data: a TOML file read into frozen dataclasses, or refused with the key that is wrong.

Needs no database and no Django models. `docs/programmes.md` explains every key.
"""

from bekal.programmes.definition.errors import DefinitionRefused, OutsideProgramme, UnknownProgramme
from bekal.programmes.definition.reader import available_definitions, load_definition, read_definition
from bekal.programmes.definition.schema import Programme

__all__ = [
    "DefinitionRefused",
    "OutsideProgramme",
    "Programme",
    "UnknownProgramme",
    "available_definitions",
    "load_definition",
    "read_definition",
]
