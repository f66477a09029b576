"""What people type, and the topics that they mean, for the benchmark of search.

Written before anything was tuned, and before the list of synonyms. `TUNED` may be looked at while search is changed; `KEPT` is
measured and never looked at for that.
"""

from collections.abc import Mapping
from typing import Final

Queries = Mapping[str, tuple[str, ...]]
"""Each text, with the beginnings of the topics of which one must be in the title of a training that is found."""

TUNED: Final[Queries] = {
    "baristta": ("Kopi dan Barista",),
    "fotogarfi": ("Fotografi",),
    "akutansi": ("Akuntansi",),
    "photography": ("Fotografi",),
    "accounting": ("Akuntansi", "Pembukuan"),
    "excel": ("Lembar Kerja Spreadsheet",),
    "cina": ("Bahasa Mandarin",),
    "pemasaran digital": ("Iklan Digital", "Pemasaran Media Sosial", "Pemasaran Mesin Pencari"),
    "bahasa ingris": ("Bahasa Inggris",),
    "english": ("Bahasa Inggris", "Persiapan Tes Bahasa Inggris"),
    "jahit baju": ("Menjahit Pakaian",),
    "make up": ("Tata Rias",),
    "servis hp": ("Servis Ponsel",),
    "kursus mengemudi mobil": ("Mengemudi Aman",),
    "montir motor": ("Servis Sepeda Motor", "Kelistrikan Sepeda Motor"),
    "cake": ("Kue", "Dekorasi Kue"),
    "video editing": ("Penyuntingan Video",),
    "web programming": ("Pemrograman Web",),
    "cv": ("Penulisan CV",),
    "interview": ("Persiapan Wawancara Kerja", "Bahasa Inggris Wawancara"),
    "hidroponk": ("Hidroponik",),
    "budidaya lele": ("Budidaya Ikan Lele",),
    "public speaking": ("Presentasi dan Bicara",),
    "online shop": ("Jualan Daring",),
    "first aid": ("Pertolongan Pertama",),
    "satpam": ("Satuan Pengamanan",),
    "babysitter": ("Pengasuhan Bayi",),
    "las listrik": ("Las Busur Listrik",),
    "pajak pribadi spt": ("Perhitungan Pajak",),
    "koki masakan indonesia": ("Masakan Nusantara",),
}

KEPT: Final[Queries] = {
    "desain grafs": ("Desain Grafis",),
    "graphic design": ("Desain Grafis",),
    "programing python": ("Pemrograman Python",),
    "bookkeeping": ("Pembukuan",),
    "mandarin language": ("Bahasa Mandarin",),
    "korean": ("Bahasa Korea",),
    "tukang kayu": ("Pertukangan Kayu", "Kerajinan Kayu"),
    "barber": ("Potong Rambut Pria",),
    "nail art": ("Seni Kuku",),
    "solar panel": ("Pemasangan Panel Surya",),
    "housekeeping": ("Tata Graha Hotel",),
    "tour guide": ("Pemandu Wisata",),
    "customer service": ("Layanan Pelanggan",),
    "data entri": ("Entri Data",),
    "microsoft word": ("Mengetik dan Pengolah Kata",),
    "powerpoint": ("Presentasi Digital",),
    "SEO": ("Pemasaran Mesin Pencari",),
    "copywriting": ("Penulisan Teks Iklan",),
    "franchise": ("Kemitraan dan Waralaba",),
    "gitar akustk": ("Gitar Akustik",),
    "singing": ("Vokal",),
    "MC": ("Pewara Acara",),
    "leadership": ("Kepemimpinan",),
    "manajemen projek": ("Manajemen Proyek",),
    "sosial media": ("Pemasaran Media Sosial",),
    "kopi": ("Kopi dan Barista", "Usaha Kedai Kopi", "Kebun Kopi"),
    "pertanian organik": ("Budidaya Sayuran Organik",),
    "gudang logistik": ("Pengelolaan Gudang",),
    "K3": ("Keselamatan",),
    "cara membuat keripik singkong": ("Camilan dan Keripik",),
}
