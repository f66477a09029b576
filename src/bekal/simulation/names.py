"""Parts of made-up names: common given names and family names, put together by chance."""

from typing import Final

WOMEN: Final = (
    "Aisyah", "Amelia", "Anggun", "Anisa", "Astri", "Ayu", "Bunga", "Cahya", "Citra", "Della", "Desi", "Dina", "Eka",
    "Elsa", "Endah", "Erna", "Fatimah", "Fitri", "Gita", "Halimah", "Hani", "Ika", "Indah", "Intan", "Ira", "Kartika",
    "Kurnia", "Laila", "Lia", "Lina", "Maya", "Melati", "Mira", "Nadia", "Nia", "Nina", "Novi", "Nur", "Olivia", "Putri",
    "Rahma", "Rani", "Ratih", "Reni", "Retno", "Rina", "Riska", "Sinta", "Siti", "Tari", "Tiara", "Tika", "Ulfa", "Vina",
    "Wati", "Widya", "Wulan", "Yanti", "Yuli", "Zahra",
)  # fmt: skip
MEN: Final = (
    "Adi", "Aditya", "Agung", "Akbar", "Aldi", "Andi", "Angga", "Arif", "Aris", "Bagas", "Bambang", "Bayu", "Bima", "Budi",
    "Candra", "Danang", "Dani", "Deni", "Dimas", "Dwi", "Edi", "Eko", "Fajar", "Farhan", "Feri", "Galih", "Gilang", "Hadi",
    "Hafiz", "Hendra", "Heri", "Ilham", "Imam", "Indra", "Irfan", "Ivan", "Kevin", "Lukman", "Made", "Nanda", "Niko",
    "Panji", "Putra", "Rafi", "Rangga", "Rian", "Rizal", "Rudi", "Satria", "Sigit", "Slamet", "Teguh", "Tono", "Wahyu",
    "Wawan", "Wayan", "Yoga", "Yudi", "Zaki", "Zulfan",
)  # fmt: skip
FAMILIES: Final = (
    "Adinata", "Adiputra", "Alamsyah", "Andalas", "Ardiansyah", "Arianto", "Astuti", "Bahari", "Basuki", "Bratakusuma",
    "Cahyadi", "Cakrawala", "Cempaka", "Darmadi", "Darmanto", "Dwipayana", "Erlangga", "Fadillah", "Firmansyah",
    "Handoko", "Harahap", "Hartati", "Haryono", "Hasanah", "Hasibuan", "Ibrahim", "Irawan", "Iskandar", "Jatmiko",
    "Kusnadi", "Kusumawati", "Laksana", "Lubis", "Mahendra", "Mansyur", "Maulana", "Mulyana", "Nababan", "Nainggolan",
    "Nasution", "Ningsih", "Nugraha", "Nurjanah", "Pangestu", "Permadi", "Permana", "Pratama", "Prayogo", "Puspita",
    "Rahayu", "Ritonga", "Saputra", "Sembiring", "Siregar", "Sitorus", "Subagyo", "Suharti", "Sukardi", "Sulaiman",
    "Suryani", "Susilo", "Syahputra", "Tampubolon", "Wahyuni", "Wardana", "Wibowo", "Wicaksono", "Wirasena", "Yulianti",
    "Yusuf", "Zulkarnain",
)  # fmt: skip
WOMENS_FAMILIES: Final = (
    "Astuti", "Cempaka", "Hartati", "Hasanah", "Kusumawati", "Ningsih", "Nurjanah", "Puspita", "Rahayu", "Suharti",
    "Suryani", "Wahyuni", "Yulianti",
)  # fmt: skip
"""Family names that men do not bear."""
