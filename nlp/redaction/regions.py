"""Where the phone numbers of a language's posts are from."""

REGIONS_BY_LANGUAGE = {
    "ar": ("SY", "IQ", "EG", "LY", "MA", "DZ", "TN", "LB"), "de": ("DE", "AT", "CH"), "en": ("GB", "US", "NG", "PK"),
    "es": ("ES", "MX", "CO", "VE"), "fa": ("IR", "AF"), "fr": ("FR", "BE", "MA", "DZ", "TN", "SN"), "it": ("IT",),
    "ku": ("IQ", "TR"), "ckb": ("IQ", "IR"), "pl": ("PL",), "ru": ("RU", "BY"), "so": ("SO", "ET", "KE"),
    "sq": ("AL", "XK"), "tr": ("TR", "DE"), "ur": ("PK",), "vi": ("VN",),
}  # fmt: skip
"""ISO 639-1 -> ISO 3166-1 alpha-2, tried in order for numbers without a country code,
after the regions of the source's entry."""
