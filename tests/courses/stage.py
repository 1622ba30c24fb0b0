"""Authors at work: a site, and the steps that every story begins with."""

import re
from dataclasses import dataclass

import httpx

from tests.people.stage import Site, Visitor, said

__all__ = ["Author", "Site", "said"]

ID = r"[0-9a-f]{8}-[0-9a-f-]{27}"


@dataclass
class Author:
    """Somebody who makes courses, and what they made last."""

    browser: Visitor

    async def begins_course(self, title: str = "Breathing", summary: str = "") -> str:
        answer = await self.browser.post("/courses", {"title": title, "summary": summary})
        assert answer.status_code == 303, said(answer)
        return str(answer.headers["location"])

    async def adds_module(self, course: str, title: str = "Week one") -> str:
        answer = await self.browser.post(f"{course}/modules", {"title": title})
        assert answer.status_code == 303, said(answer)
        return "/courses/modules/" + answer.headers["location"].rpartition("#module-")[2]

    async def adds_lesson(self, module: str, title: str = "In and out") -> str:
        answer = await self.browser.post(f"{module}/lessons", {"title": title})
        assert answer.status_code == 303, said(answer)
        return str(answer.headers["location"])

    async def writes(
        self, lesson: str, text: str, *, version: int = 1, publish: bool = False
    ) -> httpx.Response:
        way = "publication" if publish else "draft"
        return await self.browser.post(f"{lesson}/{way}", {"content": text, "version": str(version)})

    async def made_published_lesson(self, text: str = "Breathe.") -> tuple[str, str, str]:
        course = await self.begins_course()
        module = await self.adds_module(course)
        lesson = await self.adds_lesson(module)
        assert (await self.writes(lesson, text, publish=True)).status_code == 303
        return course, module, lesson

    async def outline(self, course: str) -> list[str]:
        """Titles of modules and lessons, from top to bottom."""
        text = (await self.browser.get(course)).text
        found = re.findall(
            rf'<h2 id="module-{ID}-title"[^>]*>([^<]+)</h2>|href="/courses/lessons/{ID}">([^<]+)</a>', text
        )
        return [module or lesson for module, lesson in found]


def author(site: Site, person: object) -> Author:
    return Author(site.browser(person))  # type: ignore[arg-type] # somebody of the cast
