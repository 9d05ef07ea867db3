from __future__ import annotations

import pytest

from heeler.agent.processes.scrubber import Scrubber


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("mysql --password=hunter2 -u root", "mysql --password=******** -u root"),
        ("mysql --password hunter2 -u root", "mysql --password ******** -u root"),
        ("app -api_key:abc", "app -api_key:********"),
        ("app DB_PASSWORD=hunter2 run", "app DB_PASSWORD=******** run"),
        ("app --MyApiKey=x --client-secret y", "app --MyApiKey=******** --client-secret ********"),
        ("sh -c mysql --passwd='a b' -h x", "sh -c mysql --passwd=******** -h x"),
        ("app --access_token=a --auth_token=b", "app --access_token=******** --auth_token=********"),
        ("pg postgres://joe:hunter2@db/x", "pg postgres://joe:********@db/x"),
        ("java -Dspring.datasource.password=x -jar a", "java -Dspring.datasource.password=******** -jar a"),
        ("nginx -g daemon", "nginx -g daemon"),
        ("curl http://localhost:80/a", "curl http://localhost:80/a"),
        ("passwordless=", "passwordless="),
    ],
)
def test_values_of_sensitive_arguments_are_hidden(line: str, shown: str) -> None:
    assert Scrubber().scrub(line.split(" ")) == shown


def test_words_of_ones_own_off_and_without_arguments() -> None:
    given = ["app", "--pin=1234", "--password=x"]
    assert Scrubber(["pin", "*session*"]).scrub(given) == "app --pin=******** --password=********"
    assert Scrubber(enabled=False).scrub(given) == "app --pin=1234 --password=x"
    assert Scrubber(strip=True).scrub(given) == "app"
    assert Scrubber().scrub([]) == ""


@pytest.mark.parametrize("word", ["*", "a b", "(x", ""])
def test_a_word_that_would_match_anything_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="custom_sensitive_words"):
        Scrubber([word])
