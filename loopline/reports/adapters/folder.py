"""Mail laid into a folder, for installations without a mail server: one file for each mail, whole or not at all."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from loopline.reports.mail import Mail, NotSent, letter


@dataclass(frozen=True, slots=True)
class FolderMailer:
    """Writes each mail as an .eml file under a name made of its id."""

    folder: Path
    sender: str

    def send(self, mail: Mail) -> None:
        """Lay a mail into the folder; a second time it is the same file."""
        path = self._path(mail.message)
        draft = path.with_suffix(".part")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with draft.open("wb") as file:
                file.write(letter(mail, self.sender))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            raise NotSent(str(error)) from error

    def knows(self, message: str) -> bool:
        """Whether the file is there."""
        return self._path(message).is_file()

    def _path(self, message: str) -> Path:
        return self.folder / f"{hashlib.sha256(message.encode()).hexdigest()[:32]}.eml"
