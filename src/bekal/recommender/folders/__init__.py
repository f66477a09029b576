"""Folders of files that people made, as what the engine learns from.

| file | answers |
|---|---|
| `reading` | how a folder of three CSV files becomes people, items and what was taken |
| `levels` | how a column about people becomes an attribute |

    folder = read_folder(Path("data"))
    splits = by_people(folder.data, visible=("0", "1", "3"))
"""

from bekal.recommender.folders.reading import Folder, FolderRefused, Format, read_folder, time_of

__all__ = ["Folder", "FolderRefused", "Format", "read_folder", "time_of"]
