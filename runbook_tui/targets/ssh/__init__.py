"""Commands on other machines: one asyncssh connection a host, jobs kept by the supervisor over there."""
