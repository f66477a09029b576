"""Install Chromium for the browser tests where this machine allows it; say so where it does not."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    if any(shutil.which(name) for name in NAMES):
        return 0
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print("No Chromium here and no right to install it: the browser tests will be skipped.", file=sys.stderr)
        return 0
    print("Installing Chromium for the browser tests …", file=sys.stderr)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ):
        if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
            print("Chromium could not be installed: the browser tests will be skipped.", file=sys.stderr)
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
