"""Commands about what an installation must never lose: its secrets, and all of it in a backup."""
