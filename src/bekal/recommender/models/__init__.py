"""What the recommender keeps: trained models and which of them serves, and what the last batch found for everybody; who
is in which arm, and what was put before whom."""

from bekal.recommender.models.batches import BatchResult, BatchRun
from bekal.recommender.models.impressions import Arm, Assignment, Impression, Shelf
from bekal.recommender.models.publication import Publication, TrainedModel

__all__ = ["Arm", "Assignment", "BatchResult", "BatchRun", "Impression", "Publication", "Shelf", "TrainedModel"]
