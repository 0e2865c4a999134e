"""The second index: an Elasticsearch cluster."""

from indexer.elastic.index import ElasticIndex
from indexer.elastic.names import Names
from indexer.elastic.template import make_template

__all__ = ["ElasticIndex", "Names", "make_template"]
