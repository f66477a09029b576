from bekal.recommender.engine import UNKNOWN
from bekal.recommender.serving.topics import topic_codes
from tests.recommender.market import FIELDS


def test_a_field_is_a_topic_and_other_is_none() -> None:
    codes = topic_codes([field.value for field in FIELDS])
    assert codes[0] != codes[1]
    assert codes.tolist()[2:] == [UNKNOWN, UNKNOWN]
    assert (codes[:2] >= 0).all()
