"""A text that several formats share is read once, also when they are rendered side by side."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from twinbenefits.publishing.render import document
from twinbenefits.publishing.render.pandoc import PandocRun

DONE = PandocRun(0, b"{}", (), "")


@pytest.fixture(autouse=True)
def nothing_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "_READINGS", {})


def test_whoever_asks_meanwhile_waits_for_the_one_who_reads() -> None:
    begun, go_on, count = threading.Event(), threading.Event(), []

    def read() -> PandocRun:
        count.append(1)
        begun.set()
        go_on.wait(10)
        return DONE

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(document._read_once, (None, b"text"), read)
        assert begun.wait(10)
        others = [pool.submit(document._read_once, (None, b"text"), read) for _ in range(2)]
        assert document._read_once((None, b"another"), lambda: DONE) is DONE
        go_on.set()
        assert [first.result(10), *(other.result(10) for other in others)] == [DONE] * 3
    assert count == [1]


def test_few_are_remembered_and_a_failure_reaches_everybody() -> None:
    def fail() -> PandocRun:
        raise OSError("no space left")

    for _ in range(2):
        with pytest.raises(OSError, match="no space"):
            document._read_once((None, b"bad"), fail)
    for number in range(document.MOST_READINGS + 5):
        document._read_once((None, b"%d" % number), lambda: DONE)
    assert len(document._READINGS) == document.MOST_READINGS
