"""The second index: an Elasticsearch cluster."""

from indexer.elastic.names import Names
from indexer.elastic.template import make_template

# ElasticIndex stands in indexer.elastic.index: importing it loads the vendor's client.
__all__ = ["Names", "make_template"]
