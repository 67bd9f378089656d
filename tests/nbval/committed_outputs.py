"""Hold the committed notebooks to what their code makes today (a plugin for pytest with nbval).

Text and tables are compared, output by output. Images are not: their bytes depend on the fonts and the
compressor of the platform. Figures are compared through the results registry instead, which makes each of
them once and lists its hash.

Used by ``make test`` as ``python -m pytest -p tests.nbval.committed_outputs notebooks``.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from twinbenefits.workflow.notebooks import ONE_THREAD
from twinbenefits.workflow.warm_kernels.provisioner import NAME as WARM

REFRESH = (
    "The committed outputs are not what the notebook makes today. If the change is meant, run\n"
    "    make notebooks\n"
    "which runs every notebook with its defaults and writes the outputs back; then see `git diff` and commit."
)
IMAGES = ("image/svg+xml", "image/png", "image/jpeg")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Run the notebooks as the build does: this Python, its kernels, results in a temporary folder."""
    config.option.nbval = True
    config.option.nbval_current_env = True
    config.option.nbval_sanitize_with = str(Path(__file__).with_name("sanitizers.cfg"))
    folder = tempfile.TemporaryDirectory(prefix="notebooks-")
    config.add_cleanup(folder.cleanup)
    for name in [name for name in os.environ if name.startswith(("TWINBENEFITS_", "JUPYTER"))]:
        del os.environ[name]
    os.environ.update(
        PYTHONHASHSEED="0",
        JUPYTER_DEFAULT_PROVISIONER_NAME=WARM,
        **dict.fromkeys(ONE_THREAD, "1"),
        TWINBENEFITS_RESULTS=str(Path(folder.name) / "results"),
        IPYTHONDIR=str(Path(folder.name) / "ipython"),  # nobody's own start-up files
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave images out of the comparison, see above."""
    for item in items:
        item.parent.skip_compare = (*item.parent.skip_compare, *IMAGES)  # type: ignore[union-attr]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say what to do beside what differs."""
    report = yield
    if report.failed:
        report.longrepr = f"{report.longrepr}\n{REFRESH}"
    return report
