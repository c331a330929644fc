"""A file of which no reader of archives can ask for gigabytes at once."""

import io

_MAX_READ = 64 << 20  # bytes of a list of members, or of a name, read at once


class BoundedFile(io.FileIO):
    """A file that is not read by more than 64 MiB at once.

    zipfile reads the list of members at once, and tarfile a name, whatever their sizes.
    """

    def read(self, size: int | None = -1) -> bytes:
        """Read so many bytes.

        Args:
            size: Their number; all that are left if absent.

        Returns:
            The bytes.

        Raises:
            ValueError: If they are too many.
        """
        refuse_long_read(self.name, size or 0)
        return super().read(size)


def refuse_long_read(path: object, size: int) -> None:
    """Refuse to read more at once than a list of members, or a name, has.

    Args:
        path: The archive.
        size: Bytes to read.

    Raises:
        ValueError: If they are more than 64 MiB.
    """
    if size > _MAX_READ:
        raise ValueError(
            f"{path} states a list or a name of {size} bytes, at most {_MAX_READ} are "
            "read; it was not made by bin.pack and is not opened"
        )
