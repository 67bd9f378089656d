"""A page that is shown while it is written: to this computer only, and again after every edit."""

import http.client
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from twinbenefits.workflow import preview
from twinbenefits.workflow.preview import Shown, server_of, watch
from twinbenefits.workflow.settings import Settings, SettingsError

PAGE = b"<html><body><p>Words.</p></body></html>"


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    (tmp_path / "rendered/paper").mkdir(parents=True)
    (tmp_path / "rendered/paper/index.html").write_bytes(PAGE)
    (tmp_path / "rendered/numbers.csv").write_bytes(b"a,b\n")
    (tmp_path / "secret.html").write_bytes(b"secret")
    return Shown(tmp_path / "rendered", "token")


@pytest.fixture
def server(shown: Shown) -> Iterator[ThreadingHTTPServer]:
    server = server_of(shown)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ask(server: ThreadingHTTPServer, path: str, host: str | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    connection.request("GET", path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_a_page_is_served_with_the_wish_to_be_made_anew(server: ThreadingHTTPServer, shown: Shown) -> None:
    status, page = ask(server, "/token/paper/index.html")
    assert status == 200
    assert page.startswith(b"<html><body><p>Words.</p><script>")
    assert b"/token/-/since/0" in page
    assert ask(server, "/token/numbers.csv") == (200, b"a,b\n")
    assert (shown.folder / "paper/index.html").read_bytes() == PAGE


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/token/secret.html", None, 404),
        ("/token/../secret.html", None, 404),
        ("/token/%2e%2e/secret.html", None, 404),
        ("/token//etc/passwd", None, 404),
        ("/token/paper", None, 404),
        ("/other/paper/index.html", None, 403),
        ("/paper/index.html", None, 403),
        ("/", None, 403),
        ("/token/paper/index.html", "example.org", 403),
        ("/token/paper/index.html", "127.0.0.1", 403),
    ],
)
def test_nothing_else_and_nobody_else_is_answered(
    server: ThreadingHTTPServer, path: str, host: str | None, status: int
) -> None:
    assert ask(server, path, host) == (status, b"")


def test_it_listens_on_this_computer_alone(server: ThreadingHTTPServer) -> None:
    assert server.server_address[0] == "127.0.0.1"


def test_who_asks_for_news_waits_for_them(server: ThreadingHTTPServer, shown: Shown) -> None:
    assert ask(server, "/token/-/since/7")[0] == 200
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(ask(server, "/token/-/since/0")[0]))
    asking.start()
    asking.join(0.2)
    assert answers == []
    shown.renew()
    asking.join(10)
    assert answers == [200]
    assert not shown.is_newer(1, patience=0)


def test_an_edit_of_a_source_is_seen_once_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "POLL", 0.01)
    (tmp_path / "paper").mkdir()
    source = tmp_path / "paper/index.qmd"
    source.write_text("One.", "utf-8")
    seen: list[str] = []
    looks = iter(range(60))

    def is_over() -> bool:
        look = next(looks, None)
        if look == 10:
            (tmp_path / "notes.txt").write_text("Not a source.", "utf-8")
        if look == 20:
            source.write_text("One and two.", "utf-8")
            (tmp_path / "index.qmd").write_text("Start.", "utf-8")
        return look is None

    watch(tmp_path, lambda: seen.append(source.read_text("utf-8")), is_over)
    assert seen == ["One and two."]


def test_what_is_no_page_is_refused_with_those_there_are(root: Path) -> None:
    with pytest.raises(SettingsError, match=r"(?s)no page paper/nothing\.qmd.*  paper/index\.qmd"):
        preview.preview(Settings(root), "paper/nothing.qmd")
