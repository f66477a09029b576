"""Asking the recommendation API, as another system does."""

from collections.abc import Callable
from typing import Any

from django.test import Client

PATH = "/api/v1/recommendations"
WOMAN = {"sex": "F", "age": 27, "education": "upper_secondary", "province": "32"}

Ask = Callable[..., Any]


def raw(body: str | bytes, key: str | None, path: str = PATH, **headers: str) -> Any:
    if key is not None:
        headers["authorization"] = f"Bearer {key}"
    return Client(enforce_csrf_checks=True).post(path, body, content_type="application/json", headers=headers)


def refused(answer: Any) -> tuple[int, str]:
    assert set(answer.json()) == {"error"}
    return answer.status_code, answer.json()["error"]["code"]
