"""Takes mail and webhooks as others do: a mail server (aiosmtpd) that wants STARTTLS and a login, and a receiver of webhooks that believes
what standardwebhooks verifies. The first letter is refused for the moment.

usage: receive.py FOLDER USER PASSWORD KEY
Prints one line of JSON with the ports and the file of the authority, then one for each thing that it takes, until its input ends."""

import email
import email.policy
import http.server
import json
import logging
import socket
import ssl
import sys
import threading

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, SMTP
from standardwebhooks import Webhook

# That somebody does not believe the certificate is what is tried.
logging.disable()
FOLDER, USER, PASSWORD, KEY = sys.argv[1:]


def say(**what):
    print(json.dumps(what), flush=True)


class Letters:
    refused = False

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        taken, Letters.refused = Letters.refused, True
        say(
            kind="mail", taken=taken, encrypted=session.ssl is not None, login=session.authenticated, to=envelope.rcpt_tos,
            sender=envelope.mail_from, id=letter["message-id"], subject=letter["subject"], text=letter.get_content(),
        )
        return "250 taken" if taken else "451 come again"


class Hooks(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            verified = Webhook(KEY).verify(body, dict(self.headers.items()))
        except Exception as error:
            verified = repr(error)
        say(kind="hook", verified=verified, id=self.headers["webhook-id"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def authenticate(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    # What is not handled the server answers by itself.
    return AuthResult(success=good, handled=False)


class Encrypted(Controller):
    def factory(self):
        return SMTP(
            self.handler, tls_context=self.tls, require_starttls=True, authenticator=authenticate, auth_required=True,
            hostname="localhost",
        )


authority = trustme.CA()
authority.cert_pem.write_to_path(f"{FOLDER}/authority.pem")
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
authority.issue_cert("localhost").configure_cert(context)
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
letters = Encrypted(Letters(), hostname="127.0.0.1", port=port)
letters.tls = context
letters.start()
hooks = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hooks)
threading.Thread(target=hooks.serve_forever, daemon=True).start()
say(smtp=port, http=hooks.server_address[1], authority=f"{FOLDER}/authority.pem")
sys.stdin.read()
letters.stop()
