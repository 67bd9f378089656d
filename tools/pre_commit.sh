#!/bin/sh
# Refuses a commit that would put private evidence, or a notebook that is not demo/public, into git.
# Called by .git/hooks/pre-commit (put there by tools/install_git_hook.py) at the top of the working tree.
check=src/twinbenefits/workflow/tracked_notebooks.py
main=$(git rev-parse --git-common-dir)/..
for python in .venv/bin/python "$main/.venv/bin/python" python3 python; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$python" -I "$check" --staged
    fi
done
echo "The commit was not checked for private evidence, so it is refused: no Python 3.11 or newer was found." >&2
echo "Run \`make paper\` once, which sets one up, and commit again." >&2
exit 1
