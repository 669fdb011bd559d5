"""What a machine is told to do, in the words of its own system's shell.

Files come and go packed, as tar with gzip: both systems know that, Windows since Server 2019.
https://learn.microsoft.com/virtualization/community/team-blog/2017/20171219-tar-and-curl-come-to-windows
"""

from __future__ import annotations

import base64
import ntpath
import posixpath
import shlex
from collections.abc import Mapping, Sequence
from typing import Protocol

PIECE = 16 * 1024
"""How many bytes of a file a machine tells at once: in base64 they are less than 24,000 signs."""


class Shell(Protocol):
    """One system's shell. A pack is known by a name, and lies where the system has its own."""

    def split(self, where: str, name: str) -> tuple[str, str]:
        """The folder and the name that a path means; one that ends as a folder lacks the name."""

    def command(self, words: Sequence[str]) -> str:
        """A command: one word is a text for the shell, several are a program and what it gets."""

    def keep(self, pack: str, number: int, data: bytes) -> str:
        """Keep a piece of a pack."""

    def fetch(self, pack: str, address: str) -> str:
        """Have the whole pack from a signed address."""

    def unpack(self, pack: str, folder: str) -> str:
        """Put what is in a pack into a folder, which is made where there is none."""

    def pack(self, pack: str, what: str) -> str:
        """Pack a file or a folder; it says which of them it is, and how long the pack is."""

    def tell(self, pack: str, number: int) -> str:
        """Say a piece of a pack, in base64."""

    def send(self, pack: str, address: str, headers: Mapping[str, str]) -> str:
        """Send the whole pack to a signed address."""


class Posix:
    """sh, as root: SSM gives it no home and another folder than one would think.

    https://github.com/aws/amazon-ssm-agent/issues/427
    """

    _HOME = 'export HOME="${HOME:-/root}"; cd "$HOME"\n'

    def split(self, where: str, name: str) -> tuple[str, str]:
        return _split(*posixpath.split(where), name)

    def command(self, words: Sequence[str]) -> str:
        text = words[0] if len(words) == 1 else shlex.join(words)
        # What such a line names reads the whole text, and knows no line of ours.
        return text if text.startswith("#!") else self._HOME + text

    def keep(self, pack: str, number: int, data: bytes) -> str:
        text = base64.encodebytes(data).decode()
        return f"umask 077; base64 -d > {self._file(pack, f'.{number:04}')} <<'END'\n{text}END\n"

    def fetch(self, pack: str, address: str) -> str:
        file, url = self._file(pack, ".0000"), shlex.quote(address)
        return (
            "set -e; umask 077\n"
            f"if command -v curl >/dev/null; then curl -fsS --retry 3 -o {file} {url}\n"
            f"elif command -v wget >/dev/null; then wget -q -O {file} {url}\n"
            "else python3 -c 'import sys, urllib.request as r; r.urlretrieve(*sys.argv[1:])' "
            f"{url} {file}\nfi\n"
        )

    def unpack(self, pack: str, folder: str) -> str:
        into, pieces = shlex.quote(folder), f"{self._file(pack)}.*"
        return (
            f"set -e; {self._HOME}mkdir -p -- {into}\n"
            f"cat {pieces} | tar -xzf - -C {into}\nrm -f {pieces}\n"
        )

    def pack(self, pack: str, what: str) -> str:
        file, path = self._file(pack), shlex.quote(what)
        above, name = map(shlex.quote, self.split(what.rstrip("/"), "/"))
        return (
            f"set -e; umask 077; {self._HOME}"
            f"if [ -d {path} ]; then tar -czf {file} -C {path} .; echo folder\n"
            f"elif [ -e {path} ]; then tar -czf {file} -C {above} -- {name}; echo file\n"
            f"else echo 'it is not there' >&2; exit 1; fi\n"
            f"wc -c < {file}\n"
        )

    def tell(self, pack: str, number: int) -> str:
        file = self._file(pack)
        return f"dd if={file} bs={PIECE} skip={number} count=1 2>/dev/null | base64\n"

    def send(self, pack: str, address: str, headers: Mapping[str, str]) -> str:
        file, url = self._file(pack), shlex.quote(address)
        said = " ".join(f"-H {shlex.quote(f'{name}: {one}')}" for name, one in headers.items())
        told = " ".join(shlex.quote(word) for pair in headers.items() for word in pair)
        return (
            "set -e\n"
            f"if command -v curl >/dev/null; then curl -fsS --retry 3 -T {file} {said} {url}\n"
            f"else python3 - {file} {url} {told} <<'END'\n"
            "import os, sys, urllib.request as request\n"
            "file, url, *said = sys.argv[1:]\n"
            "headers = dict(zip(said[::2], said[1::2]))\n"
            "headers['Content-Length'] = str(os.path.getsize(file))\n"
            "with open(file, 'rb') as pack:\n"
            "    request.urlopen(request.Request(url, pack, headers, method='PUT'))\n"
            "END\nfi\n"
        )

    def _file(self, pack: str, end: str = "") -> str:
        return f'"${{TMPDIR:-/tmp}}"/{pack}{end}'


class PowerShell:
    """PowerShell, as SYSTEM."""

    _STRICT = "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'\n"
    _HOME = "Set-Location -LiteralPath $HOME\n"
    # A program's exit status stops nothing by itself.
    _ELSE_EXIT = "if ($LASTEXITCODE) { exit $LASTEXITCODE }\n"

    def split(self, where: str, name: str) -> tuple[str, str]:
        return _split(*ntpath.split(where), name)

    def command(self, words: Sequence[str]) -> str:
        if len(words) == 1:
            return self._HOME + words[0]
        return f"{self._HOME}& {' '.join(map(_quoted, words))}\nexit $LASTEXITCODE\n"

    def keep(self, pack: str, number: int, data: bytes) -> str:
        text = base64.b64encode(data).decode()
        return (
            f'{self._begun(pack)}[IO.File]::WriteAllBytes("$pack.{number:04}", '
            f"[Convert]::FromBase64String('{text}'))\n"
        )

    def fetch(self, pack: str, address: str) -> str:
        url = _quoted(address)
        return (
            f'{self._begun(pack)}Invoke-WebRequest -UseBasicParsing -OutFile "$pack.0000" {url}\n'
        )

    def unpack(self, pack: str, folder: str) -> str:
        into = _quoted(folder)
        return (
            f"{self._begun(pack)}{self._HOME}"
            "$whole = [IO.File]::Create($pack)\n"
            'Get-ChildItem "$pack.*" | Sort-Object Name | ForEach-Object {\n'
            "  $piece = [IO.File]::ReadAllBytes($_.FullName)\n"
            "  $whole.Write($piece, 0, $piece.Length)\n"
            "}\n"
            "$whole.Close()\n"
            f"New-Item -ItemType Directory -Force -Path {into} | Out-Null\n"
            f"tar.exe -xzf $pack -C {into}\n{self._ELSE_EXIT}"
            'Remove-Item "$pack*"\n'
        )

    def pack(self, pack: str, what: str) -> str:
        path = _quoted(what)
        above, name = map(_quoted, self.split(what.rstrip("/\\"), "."))
        return (
            f"{self._begun(pack)}{self._HOME}"
            f"if (Test-Path -LiteralPath {path} -PathType Container) {{\n"
            f"  tar.exe -czf $pack -C {path} .; 'folder'\n"
            f"}} elseif (Test-Path -LiteralPath {path}) {{\n"
            f"  tar.exe -czf $pack -C {above} {name}; 'file'\n"
            "} else { [Console]::Error.WriteLine('it is not there'); exit 1 }\n"
            f"{self._ELSE_EXIT}(Get-Item -LiteralPath $pack).Length\n"
        )

    def tell(self, pack: str, number: int) -> str:
        return (
            f"{self._begun(pack)}$file = [IO.File]::OpenRead($pack)\n"
            f"$file.Position = {number * PIECE}\n"
            f"$piece = New-Object byte[] {PIECE}\n"
            "[Convert]::ToBase64String($piece, 0, $file.Read($piece, 0, $piece.Length))\n"
            "$file.Close()\n"
        )

    def send(self, pack: str, address: str, headers: Mapping[str, str]) -> str:
        said = "; ".join(f"{_quoted(name)} = {_quoted(one)}" for name, one in headers.items())
        return (
            f"{self._begun(pack)}Invoke-WebRequest -UseBasicParsing -Method Put -InFile $pack "
            f"-Headers @{{ {said} }} {_quoted(address)} | Out-Null\n"
        )

    def _begun(self, pack: str) -> str:
        return f"{self._STRICT}$pack = Join-Path $env:TEMP {_quoted(pack)}\n"


def _split(above: str, own: str, name: str) -> tuple[str, str]:
    if own in (".", ".."):
        above, own = f"{above}/{own}" if above else own, ""
    return above or ".", own or name


def _quoted(word: str) -> str:
    """For PowerShell, in which single quotes take everything as it is but themselves.

    https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
    """
    doubled = word.replace("'", "''")
    return f"'{doubled}'"


def shell(windows: bool) -> Shell:
    return PowerShell() if windows else Posix()
