"""Settings, project file, source register, keys: data from outside, checked once at the door."""

from config.addresses import parse_sender
from config.catalogue import catalogue_entry, load_catalogue
from config.errors import ConfigError
from config.intervals import parse_interval
from config.keyed import KEYED
from config.keys import KEY_FILE, Pseudonyms, ephemeral_key, load_key, make_key
from config.project import Project, Retention, load_project, write_project
from config.register_edit import accept_source, add_entries, add_source, make_register
from config.settings import Settings, load_settings
from config.source_ids import make_source_id
from config.source_kinds import RobotsTag, SourceKind
from config.source_limits import Expect, Limits
from config.sources import Source, SourceRegister, load_sources
from config.subscriptions import (
    ChannelKind,
    Every,
    Subscription,
    Subscriptions,
    Weekday,
    load_subscriptions,
)
from config.yaml_file import parse_values, read_yaml

__all__ = [
    "KEYED",
    "KEY_FILE",
    "ChannelKind",
    "ConfigError",
    "Every",
    "Expect",
    "Limits",
    "Project",
    "Pseudonyms",
    "Retention",
    "RobotsTag",
    "Settings",
    "Source",
    "SourceKind",
    "SourceRegister",
    "Subscription",
    "Subscriptions",
    "Weekday",
    "accept_source",
    "add_entries",
    "add_source",
    "catalogue_entry",
    "ephemeral_key",
    "load_catalogue",
    "load_key",
    "load_project",
    "load_settings",
    "load_sources",
    "load_subscriptions",
    "make_key",
    "make_register",
    "make_source_id",
    "parse_interval",
    "parse_sender",
    "parse_values",
    "read_yaml",
    "write_project",
]
