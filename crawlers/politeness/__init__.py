"""How Daymark reads other people's servers: see addon.py for the list of promises, one file each."""
