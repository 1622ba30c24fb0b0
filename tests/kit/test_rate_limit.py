"""Token buckets: a burst at once, then as fast as they refill."""

from coursecove.kit.rate_limit import RateLimit, RateLimiter


class Clock:
    def __init__(self) -> None:
        self.moment = 0.0

    def __call__(self) -> float:
        return self.moment


def test_a_burst_passes_and_the_next_request_waits() -> None:
    limiter = RateLimiter(RateLimit(requests=3, seconds=30), clock=Clock())
    assert [limiter.take("a").remaining for _ in range(3)] == [2, 1, 0]
    assert limiter.take("a").retry_after == 10


def test_waiting_as_told_is_enough() -> None:
    clock = Clock()
    limiter = RateLimiter(RateLimit(requests=3, seconds=30), clock=clock)
    for _ in range(3):
        limiter.take("a")
    refused = limiter.take("a")
    assert refused.retry_after is not None
    clock.moment += refused.retry_after
    assert limiter.take("a").retry_after is None
    assert limiter.take("a").retry_after == 10


def test_a_refused_request_takes_nothing() -> None:
    clock = Clock()
    limiter = RateLimiter(RateLimit(requests=1, seconds=10), clock=clock)
    limiter.take("a")
    for _ in range(50):
        limiter.take("a")
    clock.moment += 10
    assert limiter.take("a").retry_after is None


def test_a_bucket_never_holds_more_than_its_size() -> None:
    clock = Clock()
    limiter = RateLimiter(RateLimit(requests=2, seconds=1), clock=clock)
    limiter.take("a")
    clock.moment += 1000
    assert [limiter.take("a").retry_after for _ in range(3)] == [None, None, 1]


def test_callers_do_not_share_and_memory_is_bounded() -> None:
    limiter = RateLimiter(RateLimit(requests=1, seconds=60), size=2, clock=Clock())
    assert [limiter.take(name).retry_after for name in ("a", "b", "c")] == [None, None, None]
    assert limiter.take("c").retry_after == 60
    assert limiter.take("a").retry_after is None, "the caller unseen for longest was forgotten"
