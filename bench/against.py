"""An older revision beside this tree: checked out and built in a folder of its own, thrown away afterwards."""
import contextlib
import os
import subprocess
import sys
import tempfile

import peers


def quietly(*command):
    p = subprocess.run(command, cwd=peers.TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode != 0:
        sys.exit('%s\n%s' % (' '.join(command), p.stdout.decode('utf-8', 'replace')[-2000:]))


@contextlib.contextmanager
def built(revision):
    """-> the path of the revision's aio, a release build."""
    with tempfile.TemporaryDirectory(prefix='aio-against-') as folder:
        tree = os.path.join(folder, 'tree')
        build = os.path.join(folder, 'build')
        quietly('git', 'worktree', 'add', '--detach', tree, revision)
        try:
            print('building %s' % revision, file=sys.stderr)
            quietly('meson', 'setup', build, tree)
            quietly('ninja', '-C', build, 'aio')
            yield os.path.join(build, 'aio')
        finally:
            quietly('git', 'worktree', 'remove', '--force', tree)
