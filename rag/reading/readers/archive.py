"""Zip archives (DOCX, EPUB) without their traps: members that unpack to gigabytes, thousands of members, XML entities.

Nothing is written to disk, so a member's name can do no harm.
"""

from __future__ import annotations

import io
import zipfile

from lxml import etree

from rag.reading.files import Limits, Unreadable

MAX_RATIO = 200
"""How many times its packed size a member of more than `RATIO_FROM` bytes may unpack to."""
RATIO_FROM = 5_000_000


class Archive:
    """The members of an archive, read within limits.

    Raises:
        Unreadable: it is no zip archive, is damaged or encrypted, or holds more than the limits allow.
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.left = limits.max_unpacked_bytes
        try:
            self.zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise Unreadable(f"it is damaged, or not what its name says: {error}") from None
        members = self.zip.infolist()
        if len(members) > limits.max_members:
            raise Unreadable(f"it holds {len(members):,} files inside, of at most {limits.max_members:,}")
        total = sum(member.file_size for member in members)
        if total > limits.max_unpacked_bytes:
            raise Unreadable(
                f"it unpacks to {total:,} bytes, of at most {limits.max_unpacked_bytes:,} (RAG_MAX_UNPACKED_BYTES)"
            )
        for member in members:
            if member.file_size > RATIO_FROM and member.file_size > MAX_RATIO * max(1, member.compress_size):
                raise Unreadable("it looks like a zip bomb: a small file inside unpacks to a huge one")
            if member.flag_bits & 1:
                raise Unreadable("it is encrypted: save it without a password")
        self.names = frozenset(member.filename for member in members)

    def read(self, name: str) -> bytes:
        """The bytes of a member; all that is read together keeps under the limit, whatever the archive declares."""
        try:
            with self.zip.open(name) as member:
                data = member.read(self.left + 1)
        except (KeyError, zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
            raise Unreadable(f"it is damaged: {name} inside cannot be read ({error})") from None
        except Exception as error:  # zlib.error, lzma.LZMAError: they share no ancestor
            raise Unreadable(f"it is damaged: {name} inside cannot be unpacked ({error})") from None
        self.left -= len(data)
        if self.left < 0:
            raise Unreadable("it unpacks to more than it declares: it looks like a zip bomb")
        return data

    def xml(self, name: str) -> etree._Element:
        """The root of a member that is XML; entities are neither expanded nor fetched."""
        data = self.read(name)
        if b"<!ENTITY" in data or "<!ENTITY".encode("utf-16-le") in data or "<!ENTITY".encode("utf-16-be") in data:
            raise Unreadable(f"it declares XML entities ({name} inside), which no document needs")
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
        )
        try:
            return etree.fromstring(data, parser)
        except etree.XMLSyntaxError as error:
            raise Unreadable(f"it is damaged: {name} inside is no XML ({error})") from None
