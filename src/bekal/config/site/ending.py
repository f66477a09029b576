"""Ending with the process that started this one, however that ended."""

import os
import signal
import threading
import time
from typing import Final

_LOOK_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 5.0


def end_with(parent: int) -> None:
    """End this process soon after its parent: by SIGTERM, and by force where that is not heard."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_PATIENCE_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="parent").start()
