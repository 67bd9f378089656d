"""Show a document in a browser and render it again whenever one of its sources is saved.

Every rendering is a run of ``twinbenefits render`` of its own, so what is shown is what that command makes
from the code and the sources as they are then. The pages are served to this computer only, below an address
that nobody can guess; they are not published and have not been scanned.
"""

from __future__ import annotations

import hmac
import mimetypes
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from twinbenefits.workflow.files import names_below
from twinbenefits.workflow.project import SOURCE_FILES, SOURCE_FOLDERS, Document, Project
from twinbenefits.workflow.settings import Settings, SettingsError

HERE = "127.0.0.1"
PAGES = ("html", "revealjs")
POLL = 0.2
PATIENCE = 20.0
"""How often sources are looked at, and how long a page waits for an answer, in seconds."""

SINCE = "-/since/"
RELOADING = """<script>
(async () => {
  for (;;) try {
    const answer = await fetch("ADDRESS");
    if (answer.status === 200) { location.reload(); return; }
    if (answer.status !== 204) return;
  } catch { await new Promise(go_on => setTimeout(go_on, 1000)); }
})();
</script>
"""
"""Asks whether there is something new; the answer takes until there is."""


@dataclass
class Shown:
    """What is shown, and how often it has been made.

    Parameters
    ----------
    folder
        Where the rendered pages stand.
    token
        The first part of every address.
    """

    folder: Path
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    version: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def renew(self) -> None:
        """Tell all who wait that there is something new."""
        with self.changed:
            self.version += 1
            self.changed.notify_all()

    def is_newer(self, than: int, patience: float = PATIENCE) -> bool:
        """Wait until there is something newer, and say whether there is."""
        with self.changed:
            return self.changed.wait_for(lambda: self.version != than, patience)

    def file(self, path: str) -> Path | None:
        """Return the file behind the rest of an address; None where it leads outside or nowhere."""
        found = (self.folder / path).resolve()
        return found if found.is_relative_to(self.folder.resolve()) and found.is_file() else None

    def page(self, content: bytes) -> bytes:
        """Return a page that asks for newer ones."""
        script = RELOADING.replace("ADDRESS", f"/{self.token}/{SINCE}{self.version}").encode()
        head, end, tail = content.rpartition(b"</body>")
        return head + script + end + tail if end else content + script


def preview(settings: Settings, source: str, *, port: int = 0, browser: bool = True) -> int:
    """Show a document until Ctrl-C.

    Parameters
    ----------
    settings : Settings
        For whom, on which evidence, with which engine.
    source : str
        The ``.qmd`` file as `_quarto.yml` lists it; it must be made as a page or as slides for a browser.
    port : int
        Where to serve it; 0 takes any port that is free.
    browser : bool
        Whether to open a browser; the address is printed anyway.

    Returns
    -------
    int
        0.

    Raises
    ------
    SettingsError
        If there is no such page.
    """
    document = _page_of(settings, source)

    def again() -> None:
        if run_render(settings, document) == 0:
            shown.renew()

    shown = Shown(settings.rendered)
    server = server_of(shown, port)
    address = f"http://{HERE}:{server.server_port}/{shown.token}/{document.output}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        run_render(settings, document)
        print(f"Preview: {address}\nIt is made anew when a source is saved. Ctrl-C stops.", flush=True)
        if browser:
            import webbrowser

            webbrowser.open(address)
        watch(settings.root, again)
    except KeyboardInterrupt:
        print("\nStopped.")
    finally:
        server.shutdown()
        server.server_close()
    return 0


def run_render(settings: Settings, document: Document) -> int:
    """Run the command that renders the document, and return its exit code; what it says is for the reader."""
    edition = ["--audience", settings.audience, "--evidence", settings.evidence]
    command = ["render", document.source, "--to", document.to, *edition, "--engine", settings.engine]
    environment = {**os.environ, "TWINBENEFITS_ROOT": str(settings.root)}
    done = subprocess.run(
        [sys.executable, "-m", "twinbenefits", *command], cwd=settings.root, env=environment, check=False
    )
    return done.returncode


def watch(root: Path, edited: Callable[[], object], is_over: Callable[[], bool] = lambda: False) -> None:
    """Call a function whenever sources were saved, once for all that are saved at the same time.

    Parameters
    ----------
    root
        The project.
    edited
        What to do then; what is saved meanwhile is seen afterwards.
    is_over
        Asked now and then whether to stop.
    """
    before = _state(root)
    while not is_over():
        time.sleep(POLL)
        now = _state(root)
        if now == before:
            continue
        while (later := _state(root)) != now:
            now = later
            time.sleep(POLL)
        before = now
        edited()


def server_of(shown: Shown, port: int = 0) -> ThreadingHTTPServer:
    """Return a server for this computer only that answers under the token's address only."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            named = {f"{name}:{server.server_port}" for name in (HERE, "localhost")}
            _, token, path = f"{unquote(urlsplit(self.path).path)}//".split("/", 2)
            path = path.removesuffix("//").removesuffix("/")
            # another host's page could otherwise lead a browser here under a name of its own
            if self.headers.get("Host") not in named or not hmac.compare_digest(
                token.encode(), shown.token.encode()
            ):
                self._answer(HTTPStatus.FORBIDDEN)
            elif path.startswith(SINCE):
                seen = path.removeprefix(SINCE)
                newer = shown.is_newer(int(seen)) if seen.isdecimal() else True
                self._answer(HTTPStatus.OK if newer else HTTPStatus.NO_CONTENT)
            elif file := shown.file(path):
                kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
                content = file.read_bytes()
                is_page = kind == "text/html"
                self._answer(HTTPStatus.OK, shown.page(content) if is_page else content, kind)
            else:
                self._answer(HTTPStatus.NOT_FOUND)

        def _answer(self, status: HTTPStatus, content: bytes = b"", kind: str = "text/plain") -> None:
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the terminal is for what rendering says."""

    server = ThreadingHTTPServer((HERE, port), Handler)
    return server


def _page_of(settings: Settings, source: str) -> Document:
    documents = [document for document in Project(settings).documents if document.to in PAGES]
    found = next((document for document in documents if document.source == source), None)
    if found is None:
        known = "\n".join(f"  {document.source}" for document in documents)
        raise SettingsError(f"There is no page {source} to show. There are:\n{known}")
    return found


def _state(root: Path) -> dict[str, tuple[int, int]]:
    """Return time and size of every source."""
    names = [str(root / name) for name in SOURCE_FILES]
    names += [name for folder in SOURCE_FOLDERS for name in names_below(str(root / folder))]
    found: dict[str, tuple[int, int]] = {}
    for name in names:
        try:
            about = os.stat(name)  # noqa: PTH116 - many files, many times a second
        except OSError:
            continue
        found[name] = (about.st_mtime_ns, about.st_size)
    return found
