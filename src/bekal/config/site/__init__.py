"""The front door: one process that serves pages.

`python -m bekal.config.site` is such a process; `bekal serve` and `bekal demo` run several and start again what ended.
"""
