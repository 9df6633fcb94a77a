"""Mail by SMTP (RFC 5321), with TLS where the server offers it or the address asks for it."""

import smtplib
import ssl
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from loopline.reports.mail import Mail, NotSent, letter

PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Hands mail to a server. `url`: smtp://user:password@host:port (TLS when offered) or smtps:// (TLS at once)."""

    url: str
    sender: str

    def send(self, mail: Mail) -> None:
        """Hand a mail over. Refused before its text was sent, it was not taken; after that nobody knows."""
        text = letter(mail, self.sender)
        try:
            server = self._opened()
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(str(error)) from error
        try:
            server.sendmail(self.sender, [mail.to], text)
        except (
            smtplib.SMTPRecipientsRefused,
            smtplib.SMTPSenderRefused,
            smtplib.SMTPDataError,
            smtplib.SMTPHeloError,
            smtplib.SMTPNotSupportedError,
        ) as error:
            raise NotSent(str(error)) from error
        finally:
            server.close()

    def knows(self, message: str) -> None:
        """A server does not tell."""

    def _opened(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, context = parts.hostname or "localhost", ssl.create_default_context()
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, parts.port or 465, timeout=PATIENCE_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, parts.port or 25, timeout=PATIENCE_SECONDS)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server
