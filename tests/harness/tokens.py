"""A token server for SASL OAUTHBEARER: the client credentials grant. Its tokens are signed by nobody, which Kafka takes
where no key is configured (OAuthBearerUnsecuredValidatorCallbackHandler): for tests only."""

import base64
import http.server
import json
import threading
import time
import urllib.parse


def _segment(content: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def token(user: str, seconds: float) -> str:
    """A JWT that is good for so long."""
    now = time.time()
    return f"{_segment({'alg': 'none'})}.{_segment({'sub': user, 'iat': now, 'exp': now + seconds})}."


class TokenServer:
    """Issues tokens for `user` to the client that knows `secret`, each good for `seconds`."""

    CLIENT = "hookferry-client"

    def __init__(self, user: str, secret: str, seconds: float = 3600):
        self.user, self.secret, self.seconds = user, secret, seconds
        self.issued = 0
        self.refused = 0
        self.scopes: list[str] = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                status, answer = server._answer(self.path, self.headers.get("Authorization", ""), form)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def _answer(self, path: str, authorization: str, form: dict) -> tuple[int, dict]:
        kind, _, credentials = authorization.partition(" ")
        client, _, secret = base64.b64decode(credentials).decode().partition(":")
        known = (urllib.parse.unquote(client), urllib.parse.unquote(secret)) == (self.CLIENT, self.secret)
        if kind != "Basic" or not known or form.get("grant_type") != ["client_credentials"]:
            self.refused += 1
            return 401, {"error": "invalid_client", "error_description": "no such client"}
        self.issued += 1
        self.scopes += form.get("scope", [])
        return 200, {"access_token": token(self.user, self.seconds), "token_type": "Bearer",
                     "expires_in": int(self.seconds)}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/token"

    def __enter__(self) -> "TokenServer":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
