"""Files and folders on their way to a machine and from it, packed.

Small ones go in the texts of SSM's commands, and larger ones through the estate's bucket: both
work where a machine has no way but the one to SSM and, for the second, to S3.
"""

from __future__ import annotations

import base64
import shutil
import tarfile
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO, NamedTuple

from reconciler.aws.bucket import Bucket
from reconciler.aws.commands import Result
from reconciler.aws.errors import Refused, explained
from reconciler.aws.shells import PIECE, Shell

MOST = 256 * 1024
"""So many bytes, packed, go without a bucket: a command takes some seconds for each piece."""

# A document of SSM may have 64 KB, with what it gets; in base64 this is 44 KB.
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html
_PIECE = 32 * 1024
# A signed address is of no use to anybody for longer.
_ADDRESS_SECONDS = 900


class Pack(NamedTuple):
    """A file or what is in a folder, packed."""

    content: IO[bytes]
    size: int
    folder: str
    """Where it is to be unpacked."""


class Carrier(NamedTuple):
    """How files go to one machine and come from it."""

    run: Callable[[str], Result]
    """Runs a text in the machine's shell, and gives how that ended."""
    shell: Shell
    bucket: Bucket | None

    def bring(self, pack: Pack) -> None:
        """Have it there; raises `Refused`."""
        name = _new_name()
        pack.content.seek(0)
        if pack.size > _PIECE and self.bucket:
            with self.bucket.passing() as passing, explained():
                passing.put(pack.content)
                self._done(self.shell.fetch(name, passing.to_get(_ADDRESS_SECONDS)))
        else:
            for number in range(-(-pack.size // _PIECE)):
                self._done(self.shell.keep(name, number, pack.content.read(_PIECE)))
        self._done(self.shell.unpack(name, pack.folder))

    def take(self, what: str, where: Path) -> None:
        """Have it here, at this very path; raises `Refused`."""
        name = _new_name()
        sort, size = self._done(self.shell.pack(name, what)).split()
        with tempfile.TemporaryFile() as content:
            if int(size) > PIECE and self.bucket:
                with self.bucket.passing() as passing, explained():
                    self._done(self.shell.send(name, *passing.to_put(_ADDRESS_SECONDS)))
                    shutil.copyfileobj(passing.content(), content)
            elif int(size) > MOST:
                raise Refused(too_large(int(size)))
            else:
                for number in range(-(-int(size) // PIECE)):
                    content.write(base64.b64decode(self._done(self.shell.tell(name, number))))
            content.seek(0)
            _unpack(content, where, sort == "folder")

    def _done(self, text: str) -> str:
        """What it said."""
        result = self.run(text)
        if not result.well:
            said = result.err.rpartition(_AGENTS_OWN)[0] or result.err
            raise Refused(" ".join(said.split())[:_LONGEST] or result.status)
        return result.out


_LONGEST = 500
# What the agent says after all that a script that failed has said.
# https://github.com/aws/amazon-ssm-agent (agent/plugins/runscript)
_AGENTS_OWN = "failed to run commands:"


def too_large(size: int) -> str:
    """Why so much can't be carried without a bucket."""
    return (
        f"{size:,} bytes packed, and {MOST:,} at most go through SSM alone: "
        "`bucket` in the Estate's spec names a bucket for larger ones"
    )


def packed(source: Path, where: str, shell: Shell) -> Pack:
    """Pack what is to be there on a machine: a file or a folder; raises OSError."""
    folder, name = shell.split(where, source.resolve().name)
    content = tempfile.TemporaryFile()  # noqa: SIM115, it is the pack's
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        if source.is_dir():
            for one in sorted(source.iterdir()):
                tar.add(one, one.name, filter=_nobodys)
            folder = f"{folder}/{name}"
        else:
            tar.add(source, name, filter=_nobodys)
    return Pack(content, content.tell(), folder)


def _nobodys(one: tarfile.TarInfo) -> tarfile.TarInfo:
    """Who owns it here is nobody there."""
    one.uid = one.gid = 0
    one.uname = one.gname = ""
    return one


def _unpack(content: IO[bytes], where: Path, is_folder: bool) -> None:
    """Put it where it belongs, and nothing anywhere else, whatever the machine has packed."""
    try:
        with tarfile.open(fileobj=content, mode="r:gz") as tar:
            if is_folder:
                where.mkdir(parents=True, exist_ok=True)
                tar.extractall(where, filter="data")
                return
            where.parent.mkdir(parents=True, exist_ok=True)
            (one,) = tar.getmembers()
            tar.extract(one.replace(name=where.name), where.parent, filter="data")
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise Refused(f"what came is no such pack: {error}") from error
    except OSError as error:
        raise Refused(f"{error.filename or where} can't be written: {error.strerror}") from error


def _new_name() -> str:
    return f"reconcile-{uuid.uuid4().hex}"
