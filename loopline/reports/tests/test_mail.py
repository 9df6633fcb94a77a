"""Every way out for mail keeps the same promises."""

import email
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from loopline.reports.adapters.folder import FolderMailer
from loopline.reports.adapters.smtp import SmtpMailer
from loopline.reports.mail import Attachment, Mail, Mailer, NotSent

MAIL = Mail(
    "<report-1@loopline>",
    "boss@example.com",
    "月度经营分析 2026年2月",
    "请查收附件。\n",
    (Attachment("月报.pdf", "application/pdf", b"%PDF-1.4 bytes"),),
)


class Server(socketserver.StreamRequestHandler):
    """As much of SMTP as a sender needs; refuses nobody@…"""

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line[:4].upper()
            if word == "DATA":
                self.say("354 go on")
                text = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    text += part.removeprefix(b".")
                self.server.taken.append(text)  # type: ignore[attr-defined]
                self.say("250 taken")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("550 unknown" if "nobody@" in line and word == "RCPT" else "250 fine")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@dataclass
class Way:
    """A way out, and what has come through it."""

    mailer: Mailer
    folder: Path | None = None
    taken: list[bytes] = field(default_factory=list)

    def letters(self) -> list[EmailMessage]:
        texts = [file.read_bytes() for file in self.folder.glob("*.eml")] if self.folder else self.taken
        return [email.message_from_bytes(text, policy=default) for text in texts]


@pytest.fixture(params=["folder", "smtp"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    if request.param == "folder":
        yield Way(FolderMailer(tmp_path / "outbox", "crm@example.com"), tmp_path / "outbox")
        return
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Server) as server:
        server.taken = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"smtp://127.0.0.1:{server.server_address[1]}"
        yield Way(SmtpMailer(url, "crm@example.com"), None, server.taken)  # type: ignore[attr-defined]
        server.shutdown()


def test_a_mail_arrives_whole(way):
    way.mailer.send(MAIL)
    (letter,) = way.letters()
    assert (letter["To"], letter["From"], letter["Subject"]) == (
        "boss@example.com",
        "crm@example.com",
        MAIL.subject,
    )
    assert letter["Message-ID"] == "<report-1@loopline>"
    assert letter.get_body().get_content().replace("\r\n", "\n") == MAIL.body
    (file,) = letter.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("月报.pdf", b"%PDF-1.4 bytes")


def test_what_is_known_of_a_mail(way):
    assert way.mailer.knows(MAIL.message) in (False, None)
    way.mailer.send(MAIL)
    assert way.mailer.knows(MAIL.message) in (True, None)


def test_a_head_cannot_be_smuggled_in(way):
    way.mailer.send(Mail("<m@x>", "boss@example.com", "Report\r\nBcc: all@example.com", "x"))
    (letter,) = way.letters()
    assert letter["Bcc"] is None and letter["Subject"] == "Report Bcc: all@example.com"


def test_a_refused_mail_is_certainly_not_sent(tmp_path):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Server) as server:
        server.taken = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        mailer = SmtpMailer(f"smtp://127.0.0.1:{server.server_address[1]}", "crm@example.com")
        with pytest.raises(NotSent):
            mailer.send(Mail("<m@x>", "nobody@example.com", "x", "x"))
        assert server.taken == []  # type: ignore[attr-defined]
        server.shutdown()
    with pytest.raises(NotSent):
        SmtpMailer("smtp://127.0.0.1:1", "crm@example.com").send(MAIL)
    (tmp_path / "outbox").write_text("a file where the folder should be")
    with pytest.raises(NotSent):
        FolderMailer(tmp_path / "outbox", "crm@example.com").send(MAIL)
