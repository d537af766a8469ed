"""A run on several processes and machines: Dask places the work, a database keeps it.

Only this package knows Dask. `dask worker … --preload importer.distributed` makes a
process ready for shards before the first one comes.
"""

from importer.distributed.joining import Cluster, joined, refuse, workers_of
from importer.distributed.runner import ClusterRunner, runner_of
from importer.distributed.worker import dask_setup

__all__ = [
    "Cluster",
    "ClusterRunner",
    "dask_setup",
    "joined",
    "refuse",
    "runner_of",
    "workers_of",
]
