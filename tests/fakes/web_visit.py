"""A page of a web server in a browser."""

from typing import Any

from fakes.web_server import Web


class Visit:
    """A page in a browser; what went wrong, and what was asked for."""

    def __init__(self, browser: Any, web: Web, **options: Any) -> None:
        self.context = browser.new_context(
            **{"viewport": {"width": 1300, "height": 850}, **options}
        )
        self.page = self.context.new_page()
        self.web = web
        self.wrong: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self, path: str = "/") -> Any:
        """The page at a path."""
        self.page.goto(f"http://127.0.0.1:{self.web.port}{path}")
        return self.page

    def read(self, question: str, name: str) -> Any:
        """The page with the results of a question, and the first hit in a document."""
        self.open(f"/?q={question.replace(' ', '+')}")
        self.page.locator("a.open", has_text=name).first.click()
        self.page.wait_for_selector(".document")
        return self.page

    def close(self) -> None:
        """Nothing has gone wrong, and no other machine was asked for anything."""
        self.context.close()
        assert self.wrong == []
        own = f"http://127.0.0.1:{self.web.port}/"
        assert all(url.startswith((own, f"blob:{own[:-1]}", "data:")) for url in self.asked)
