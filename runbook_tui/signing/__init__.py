"""Who approved what: identity, SSH signatures, and the check of a whole run."""
