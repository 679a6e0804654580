"""What Moodle writes: the names of the folders that it hands out, and the grading worksheet.

The names are those of `mod/assign` of moodle/moodle (`assignsubmission_file`); how they are read
back is in `mod/assign/feedback/file/importziplib.php` there. The worksheet is the download of
`mod/assign/gradingtable.php`, read by `mod/assign/feedback/offline/importgradeslib.php`, which
compares headers with the words of the language of whoever uploads; so a worksheet is filled, not
made. None of it has been tried with a Moodle server.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, tzinfo

from course_grading.intake.csv_table import CsvTable

# Alice Ames_1234567_assignsubmission_file_/hw2.ipynb, in newer versions without the last "_", or in
# one name if it was told not to make folders.
UPLOAD = re.compile(
    r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<file>.*))?", re.DOTALL
)
PARTICIPANT = re.compile(r"[^\d]*(?P<id>\d+)")  # "Participant 1234567", in any language

# The headers of a worksheet, as `spelled`: `recordid`, `grade`, `maxgrade`, `lastmodifiedgrade` and
# `lastmodifiedsubmission` of `mod/assign/lang` and `fullname` and `email` of `lang`, in English,
# German, French, Spanish, Italian, Dutch, Portuguese and Catalan.
IDENTIFIER = (
    "identifier", "id", "identifiant", "identificador", "identificativo", "identificatie",
    "número de identificação",
)  # fmt: skip
GRADE = (
    "grade", "bewertung", "note", "calificación", "valutazione", "cijfer", "beoordeling", "nota",
    "avaliação", "qualificació",
)  # fmt: skip
MAXIMUM = (
    "maximum grade", "bestwertung", "note maximale", "calificación máxima", "valutazione massima",
    "maximumcijfer", "maximale cijfer", "nota máxima", "avaliação máxima", "qualificació màxima",
)  # fmt: skip
GRADED_AT = (
    "last modified (grade)", "zuletzt geändert (bewertung)", "dernière modification (note)",
    "última modificación (calificación)", "ultima modifica (valutazione)",
    "laatst gewijzigd (beoordeling)", "laatst gewijzigd (cijfer)", "última modificação (nota)",
    "última modificação (avaliação)", "darrera modificació (qualificació)",
)  # fmt: skip
SUBMITTED_AT = (
    "last modified (submission)", "zuletzt geändert (abgabe)",
    "dernière modification (travail remis)", "última modificación (entrega)",
    "última modificación (envío)", "ultima modifica (consegna)", "laatst gewijzigd (inzending)",
    "última modificação (envio)", "última modificação (submissão)",
    "darrera modificació (tramesa)",
)  # fmt: skip
FULL_NAME = (
    "full name", "vollständiger name", "nom complet", "nombre completo", "cognome / nome",
    "volledige naam", "nome completo",
)  # fmt: skip
EMAIL = (
    "email address", "e mail adresse", "adresse de courriel", "dirección de correo",
    "dirección email", "indirizzo email", "e mailadres", "endereço de email", "adreça electrònica",
)  # fmt: skip

_MONTHS = """
    january januar janvier enero gennaio januari janeiro gener
    february februar février febrero febbraio februari fevereiro febrer
    march märz mars marzo marzo maart março març
    april april avril abril aprile april abril abril
    may mai mai mayo maggio mei maio maig
    june juni juin junio giugno juni junho juny
    july juli juillet julio luglio juli julho juliol
    august august août agosto agosto augustus agosto agost
    september september septembre septiembre settembre september setembro setembre
    october oktober octobre octubre ottobre oktober outubro octubre
    november november novembre noviembre novembre november novembro novembre
    december dezember décembre diciembre dicembre december dezembro desembre
"""
MONTHS = {
    name: number
    for number, line in enumerate(_MONTHS.strip().splitlines(), 1)
    for name in line.split()
}
_CLOCK = re.compile(r"\b(\d{1,2})[:.h](\d{2})(?::\d{2})?\s*([AP])?\.?M?\b", re.IGNORECASE)


def matched(name: str) -> re.Match[str] | None:
    """The parts of the name of a folder of Moodle's zip; None if it is not one."""
    return UPLOAD.fullmatch(name)


def is_worksheet(table: CsvTable) -> bool:
    """Whether a table is the grading worksheet that Moodle hands out."""
    names = set(table.spelled())
    return any(name in names for name in GRADED_AT) and any(name in names for name in IDENTIFIER)


def column(table: CsvTable, names: tuple[str, ...]) -> int | None:
    """The first column with one of these names."""
    return next((i for i, name in enumerate(table.spelled()) if name in names), None)


def time_of(text: str, zone: tzinfo) -> datetime | None:
    """A time as a worksheet has it: "Sunday, 1 March 2026, 11:59 PM"; None if it is not one.

    Day, month by name, year, then hours and minutes, in the zone of whoever downloaded it, which
    the file does not say.
    """
    text = unicodedata.normalize("NFC", text).casefold()
    clock = _CLOCK.search(text)
    words = re.findall(r"[^\W\d_]+|\d+", text[: clock.start()] if clock else "")
    months = {MONTHS[word] for word in words if word in MONTHS}
    numbers = [int(word) for word in words if word.isdigit()]
    days = [number for number in numbers if number <= 31]
    years = [number for number in numbers if number >= 1970]
    if clock is None or len(months) != 1 or len(days) != 1 or len(years) != 1:
        return None
    hour, minute, half = int(clock[1]), int(clock[2]), clock[3]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return datetime(years[0], months.pop(), days[0], hour, minute, tzinfo=zone)
    except ValueError:
        return None
