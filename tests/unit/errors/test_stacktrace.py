from __future__ import annotations

import pytest

from heeler.errors.stacktrace import parse

PYTHON = """Traceback (most recent call last):
  File "/app/shop/views.py", line 20, in checkout
    charge(order)
  File "/app/shop/gateway.py", line 88, in charge
    raise TimeoutError("read timed out")
  File "/usr/lib/python3.11/site-packages/httpx/_client.py", line 1859, in post
    return self.request()
TimeoutError: read timed out"""
NODE = """TypeError: Cannot read properties of undefined
    at priceOf (/app/src/cart.js:14:22)
    at async Router.handle (/app/node_modules/express/router.js:281:7)
    at node:internal/process/task_queues:96:5"""
JAVA = """java.lang.IllegalStateException: no stock
\tat com.shop.Stock.take(Stock.java:42)
\tat jdk.internal.reflect.Method.invoke(Method.java:100)
\tat java.base/java.lang.Thread.run(Thread.java:840)"""
GO = """goroutine 1 [running]:
runtime.gopanic({0x1, 0x2})
\t/usr/local/go/src/runtime/panic.go:770 +0x132
main.charge(0x0)
\t/app/main.go:17 +0x1d"""
RUBY = """/gems/rack/lib/rack.rb:1:in 'call'
/app/models/order.rb:12:in `total'"""
PHP = """#0 /app/vendor/x/Client.php(3): send()
#1 /app/src/Order.php(12): Order->total()"""
DOTNET = """   at Shop.Order.Total(Int32 id) in /src/Order.cs:line 12"""


@pytest.mark.parametrize(
    ("text", "language", "file", "function", "line", "frames"),
    [
        (PYTHON, "python", "/app/shop/gateway.py", "charge", 88, 3),
        (NODE, "javascript", "/app/src/cart.js", "priceOf", 14, 3),
        (JAVA, "java", "Stock.java", "com.shop.Stock.take", 42, 3),
        (GO, "go", "/app/main.go", "main.charge", 17, 2),
        (RUBY, "ruby", "/app/models/order.rb", "total", 12, 2),
        (PHP, "php", "/app/src/Order.php", "Order->total", 12, 2),
        (DOTNET, "dotnet", "/src/Order.cs", "Shop.Order.Total(Int32 id)", 12, 1),
    ],
)
def test_the_innermost_frame_of_the_application(
    text: str, language: str, file: str, function: str, line: int, frames: int
) -> None:
    stack = parse(text)
    assert (stack.language, len(stack.frames)) == (language, frames)
    assert stack.top is not None
    assert (stack.top.file, stack.top.function, stack.top.line) == (file, function, line)


def test_text_that_is_no_stack_trace_has_no_frames() -> None:
    assert parse("it went wrong (at noon) in a file").top is None
    assert parse("").frames == ()


def test_frames_of_libraries_alone_are_better_than_none() -> None:
    stack = parse('  File "/x/site-packages/a.py", line 1, in f')
    assert stack.top is not None
    assert not stack.top.ours


def test_a_long_line_takes_linear_work() -> None:
    """Quadratic work would run into the limit of time of a test."""
    assert parse("  at A.b()" + ") in " * 100_000).language != "dotnet"
    found = parse("  at Shop.Cart.Pay() in /src/Cart.cs:line 12")
    assert (found.language, found.frames[0].line, found.frames[0].file) == ("dotnet", 12, "/src/Cart.cs")
