"""A family that was merged into another is found by its old id, in every question."""

from __future__ import annotations

from pathlib import Path

from indexer import follow_families, parse_query
from ledger import open_ledger, schema
from tests.ledger.conftest import KEY

OLD, OLDER, NOW, OTHER = "a" * 16, "b" * 16, "c" * 16, "d" * 16


def test_an_old_id_stands_for_the_family_of_today(tmp_path: Path) -> None:
    with open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite", KEY) as ledger:
        with ledger.write() as conn:
            for name, merged in ((NOW, None), (OLD, NOW), (OLDER, NOW), (OTHER, None)):
                conn.execute(schema.family.insert().values(family=name, merged_into=merged))

        def follow(text: str) -> object:
            return follow_families(ledger, parse_query(text))

        assert follow(f"family:{OLD}") == parse_query(f"family:{NOW}")
        assert follow(f"boat family:{OLD},{OLDER},{OTHER} lang:tr") == parse_query(f"boat family:{NOW},{OTHER} lang:tr")
        assert follow(f"boat -family:{OLDER}") == parse_query(f"boat -family:{NOW}")
        assert follow("family:unheard") == parse_query("family:unheard")
        assert follow(f"thread:{OLD} boat") == parse_query(f"thread:{OLD} boat"), "other fields are left alone"
