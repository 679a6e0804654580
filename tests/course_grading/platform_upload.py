"""What the two platforms' uploads have in common."""

import io
import zipfile


class Refused(Exception):
    """The platform would refuse this file, pass over a part of it, or do what nobody meant."""


def zip_files(data: bytes) -> list[tuple[str, bytes]]:
    """Names and contents; a name outside ASCII has to say that it is UTF-8."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if broken := archive.testzip():
            raise Refused(f"{broken!r} is damaged")
        files = []
        for entry in archive.infolist():
            if not entry.filename.isascii() and not entry.flag_bits & 0x800:
                raise Refused(f"{entry.filename!r} does not say that it is UTF-8")
            if not entry.is_dir():
                files.append((entry.filename, archive.read(entry)))
        return files
