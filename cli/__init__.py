"""`daymark`: the door for people and scripts. It only wires rooms together; each file holds the commands of one task.

Exit status: 0 done; 1 failed, with one line on stderr that says what and what to do; 2 wrong usage. No traceback without
--debug.
"""

from cli.app import main

__all__ = ["main"]
