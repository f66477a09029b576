import pytest

from bekal.config.numbers import BadNumber, whole_number


@pytest.mark.parametrize(("text", "number"), [("", 7), ("0", 0), ("1000000000", 1_000_000_000)])
def test_a_whole_number_is_read(monkeypatch: pytest.MonkeyPatch, text: str, number: int) -> None:
    monkeypatch.setenv("BEKAL_TEST_NUMBER", text)
    assert whole_number("BEKAL_TEST_NUMBER", default=7) == number


@pytest.mark.parametrize("text", ["1.000.000.000", "-1", "1e9", "١", " 1", "x"])
def test_anything_else_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("BEKAL_TEST_NUMBER", text)
    with pytest.raises(BadNumber, match="BEKAL_TEST_NUMBER"):
        whole_number("BEKAL_TEST_NUMBER", default=7)
