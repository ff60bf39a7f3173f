"""Asking the API: who asks, what it answers, and what to do where it asks for patience."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any


class Problem(Exception):
    """What the API refused, and why (RFC 9457)."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status, self.title, self.detail = status, title, detail


@dataclass
class Answer:
    """An answer as it came; names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass
class Connection:
    """Where the API is, and who asks.

    A request that is refused for the moment (429, 503) is sent again after the time that the answer names, `attempts` times at most.
    """

    url: str = "http://127.0.0.1:7777"
    token: str | None = None
    timeout: float = 600.0
    attempts: int = 5
    user_agent: str = field(default="farthing-client", repr=False)

    @staticmethod
    def part(text: str) -> str:
        """A part of a path."""
        return urllib.parse.quote(text, safe="")

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        data: bytes | None = None,
    ) -> Answer:
        """One request, and its answer whatever the status, after as much patience as is asked for."""
        for attempt in range(1, self.attempts + 1):
            answer = self._once(method, self._address(path, query), headers or {}, data)
            wait = answer.headers.get("retry-after")
            if answer.status not in (429, 503) or wait is None or attempt == self.attempts:
                break
            time.sleep(float(wait))
        return answer

    def raw(self, method: str, path: str, *, accept: str, query: Mapping[str, Any] | None = None, body: Any = None) -> bytes:
        """An answer in another form than JSON: `application/vnd.apache.arrow.stream`, `text/csv`, a workbook."""
        data = None if body is None else json.dumps(body).encode()
        kind = {} if data is None else {"Content-Type": "application/json"}
        return self._good(self.ask(method, path, query=query, headers={"Accept": accept, **kind}, data=data)).body

    def rows(self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None) -> Iterator[dict[str, Any]]:
        """The rows of an answer in NDJSON, one by one as they come."""
        data = None if body is None else json.dumps(body).encode()
        kind = {} if data is None else {"Content-Type": "application/json"}
        request = self._request(method, self._address(path, query), {"Accept": "application/x-ndjson", **kind}, data)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as lines:
                yield from (json.loads(line) for line in lines)
        except urllib.error.HTTPError as error:
            self._good(Answer(error.code, _lower(error.headers), error.read()))

    def events(self, run: str) -> Iterator[dict[str, Any]]:
        """What happens to a run, as it happens, to its end: also where answers break off in between."""
        last: str | None = None
        while True:
            headers = {} if last is None else {"Last-Event-ID": last}
            request = self._request("GET", self._address(f"/v1/jobs/{self.part(run)}/events", None), headers, None)
            try:
                with urllib.request.urlopen(request, timeout=self.timeout) as lines:
                    if lines.status == 204:
                        return
                    name = ""
                    for line in (line.decode().rstrip("\n") for line in lines):
                        key, _, value = line.partition(": ")
                        if key == "event":
                            name = value
                        elif key == "id":
                            last = value
                        elif key == "data":
                            yield json.loads(value)
                        elif not line and name == "end":
                            return
            except urllib.error.HTTPError as error:
                self._good(Answer(error.code, _lower(error.headers), error.read()))

    def asked(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        body: Any = None,
        text: str | None = None,
        content_type: str = "application/json",
    ) -> Any:
        """What a route answers as JSON.

        Raises Problem where it refuses.
        """
        data = text.encode() if text is not None else None if body is None else json.dumps(body).encode()
        kind = {} if data is None else {"Content-Type": content_type}
        return self._good(self.ask(method, path, query=query, headers={**(headers or {}), **kind}, data=data)).json()

    def pages(self, path: str, *, query: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """The rows of a list, page by page to its end."""
        address: str | None = self._address(path, query)
        while address is not None:
            answer = self._good(self.ask("GET", address.removeprefix(self.url)))
            yield from answer.json()
            link = answer.headers.get("link") or ""
            address = link[1 : link.index(">")] if 'rel="next"' in link else None

    def _address(self, path: str, query: Mapping[str, Any] | None) -> str:
        given = {name: _said(value) for name, value in (query or {}).items() if value is not None}
        return f"{self.url}{path}{'?' if given else ''}{urllib.parse.urlencode(given)}"

    def _request(
        self, method: str, address: str, headers: Mapping[str, str | None], data: bytes | None
    ) -> urllib.request.Request:
        sent = {"User-Agent": self.user_agent, **{name: value for name, value in headers.items() if value is not None}}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        return urllib.request.Request(address, data=data, headers=sent, method=method)

    def _once(self, method: str, address: str, headers: Mapping[str, str | None], data: bytes | None) -> Answer:
        try:
            with urllib.request.urlopen(self._request(method, address, headers, data), timeout=self.timeout) as answer:
                return Answer(answer.status, _lower(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, _lower(error.headers), error.read())

    @staticmethod
    def _good(answer: Answer) -> Answer:
        if answer.status < 400:
            return answer
        try:
            problem = answer.json() or {}
        except ValueError:
            problem = {}
        detail = problem.get("detail", answer.body.decode(errors="replace")[:500])
        raise Problem(answer.status, problem.get("title", ""), detail)


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
