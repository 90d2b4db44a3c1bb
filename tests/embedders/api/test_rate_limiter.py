"""The rate limiter, on a clock that the tests move."""

import threading

import pytest

from semsearch.embedders.api.rate_limiter import RateLimiter, Stopped, Ticket

MISTRAL = "x-ratelimit-limit-req-minute", "x-ratelimit-remaining-req-minute"
OPENAI = "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests"


class Clock:
    """Time in seconds, set by the test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until it is moved."""
    return Clock()


@pytest.fixture
def rate_limiter(clock: Clock) -> RateLimiter:
    """A limiter with at most eight requests in flight."""
    return RateLimiter(8, clock=clock)


def headers(names: tuple[str, str], limit: int, left: int) -> dict[str, str]:
    """Rate limit headers of an answer."""
    return dict(zip(names, (str(limit), str(left)), strict=True))


def answered(rate_limiter: RateLimiter, said: dict[str, str], tokens: float = 1.0) -> Ticket:
    """Send one request and answer it."""
    ticket = rate_limiter.admit(tokens)
    rate_limiter.answered(ticket, said)
    return ticket


def may_go(rate_limiter: RateLimiter, tokens: float = 1.0) -> bool:
    """Whether a request would be admitted without waiting; sends none."""
    return rate_limiter.wait_for(tokens) <= 0


def test_without_any_limit_everything_goes(rate_limiter: RateLimiter) -> None:
    """Without rate limit headers no request waits."""
    for _ in range(100):
        answered(rate_limiter, {})
    assert may_go(rate_limiter)


@pytest.mark.parametrize("names", [MISTRAL, OPENAI])
def test_a_bucket_gives_its_burst_and_then_one_an_interval(
    rate_limiter: RateLimiter, clock: Clock, names: tuple[str, str]
) -> None:
    """After a burst of the remaining requests, one request per refill interval is admitted."""
    answered(rate_limiter, headers(names, 60, 1))
    answered(rate_limiter, headers(names, 60, 0))
    assert rate_limiter.wait_for(1.0) == pytest.approx(1.0)
    clock.now += 1.0
    assert may_go(rate_limiter)
    answered(rate_limiter, headers(names, 60, 0))
    assert rate_limiter.wait_for(1.0) == pytest.approx(1.0)


def test_requests_under_way_count_before_they_are_answered(rate_limiter: RateLimiter) -> None:
    """Requests sent after an answered request reduce the remainder in its headers."""
    answered(rate_limiter, headers(MISTRAL, 60, 3))
    first, _, _ = (rate_limiter.admit(1.0) for _ in range(3))
    rate_limiter.answered(first, headers(MISTRAL, 60, 2))
    assert not may_go(rate_limiter)


def test_a_window_is_learned_from_a_refusal(rate_limiter: RateLimiter, clock: Clock) -> None:
    """After a 429, no more requests than the limit are sent in any 60 seconds."""
    for left in range(4, -1, -1):
        answered(rate_limiter, headers(MISTRAL, 5, left))
        clock.now += 1.0
    clock.now += 12.0
    rate_limiter.failed(rate_limiter.admit(1.0), headers(MISTRAL, 5, 0), is_limit=True)
    assert rate_limiter.wait_for(1.0) == pytest.approx(60.0 - 17.0)
    clock.now += 60.0 - 17.0
    assert may_go(rate_limiter)


def test_a_bucket_that_holds_less_than_a_minute_is_not_thought_to_fill_further(
    rate_limiter: RateLimiter, clock: Clock
) -> None:
    """After a pause, a burst is never larger than the largest remainder ever stated."""
    answered(rate_limiter, headers(MISTRAL, 600, 4))
    clock.now += 30.0
    for _ in range(5):
        assert may_go(rate_limiter)
        rate_limiter.admit(1.0)
    assert rate_limiter.wait_for(1.0) == pytest.approx(0.1)


def test_an_answer_that_was_overtaken_is_no_news(rate_limiter: RateLimiter) -> None:
    """Headers of an answer that a later request overtook are ignored."""
    answered(rate_limiter, headers(MISTRAL, 60, 9))
    first, second = rate_limiter.admit(1.0), rate_limiter.admit(1.0)
    rate_limiter.answered(second, headers(MISTRAL, 60, 0))
    rate_limiter.answered(first, headers(MISTRAL, 60, 1))
    assert rate_limiter.wait_for(1.0) == pytest.approx(1.0)


def test_tokens_are_paced_as_requests_are(rate_limiter: RateLimiter, clock: Clock) -> None:
    """A token limit delays requests like a request limit."""
    said = {"x-ratelimit-limit-tokens-minute": "6000", "x-ratelimit-remaining-tokens-minute": "100"}
    answered(rate_limiter, said)
    assert may_go(rate_limiter, 100.0)
    assert rate_limiter.wait_for(300.0) == pytest.approx(2.0)
    assert rate_limiter.wait_for(1e9) == pytest.approx(59.0)
    clock.now += 2.0
    assert may_go(rate_limiter, 300.0)


def test_the_width_doubles_then_grows_by_one_and_is_halved(rate_limiter: RateLimiter) -> None:
    """The concurrency starts at 1, doubles until a failure, then halves and grows by one."""
    assert rate_limiter.width == 1
    for expected in (2, 4, 8, 8):
        answered(rate_limiter, {})
        assert rate_limiter.width == expected
    rate_limiter.failed(rate_limiter.admit(1.0), {}, is_limit=False)
    assert rate_limiter.width == 4
    for _ in range(4):
        answered(rate_limiter, {})
    assert rate_limiter.width == 4
    answered(rate_limiter, {})
    assert rate_limiter.width == 5


def test_a_hold_is_for_all(rate_limiter: RateLimiter, clock: Clock) -> None:
    """No request is admitted before a hold is over."""
    rate_limiter.hold(20.0)
    assert rate_limiter.wait_for(1.0) == pytest.approx(20.0)
    clock.now += 20.0
    assert may_go(rate_limiter)


def test_whoever_waits_is_woken_when_the_run_ends(rate_limiter: RateLimiter) -> None:
    """Waiting and later callers get ``Stopped`` when the run ends."""
    rate_limiter.hold(1e6)
    woken: list[str] = []

    def wait() -> None:
        for waiting in (lambda: rate_limiter.admit(1.0), lambda: rate_limiter.sleep(1e6)):
            with pytest.raises(Stopped):
                waiting()
            woken.append("stopped")

    threads = [threading.Thread(target=wait) for _ in range(4)]
    for thread in threads:
        thread.start()
    rate_limiter.stop()
    for thread in threads:
        thread.join(timeout=10)
    assert woken == ["stopped"] * 8


def test_many_threads_keep_to_what_is_left() -> None:
    """Concurrent threads together never exceed the remaining requests of a minute."""
    rate_limiter = RateLimiter(8)
    answered(rate_limiter, headers(MISTRAL, 60, 5))
    gone: list[Ticket] = []

    def go() -> None:
        try:
            gone.append(rate_limiter.admit(1.0))
        except Stopped:
            return

    threads = [threading.Thread(target=go) for _ in range(30)]
    for thread in threads:
        thread.start()
    while len(gone) < 5:
        threading.Event().wait(0.001)
    rate_limiter.stop()
    for thread in threads:
        thread.join(timeout=10)
    assert 5 <= len(gone) <= 8  # a second or so may have passed


def test_junk_in_headers_is_no_limit(rate_limiter: RateLimiter) -> None:
    """Invalid rate limit headers are ignored without an error."""
    answered(rate_limiter, dict(zip(MISTRAL, ("many", "-3"), strict=True)))
    assert may_go(rate_limiter)
    assert rate_limiter.limit is None
