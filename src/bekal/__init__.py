"""Bekal runs individual learning accounts: public training money, exact to the last rupiah."""

__version__ = "0.1.0"
