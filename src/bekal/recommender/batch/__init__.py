"""What fits everybody: `nightly` from the database and into it, `files` from a folder and into a file."""
