"""Pages over HTTP: read-only, on the loopback interface, under a policy that lets nothing else in.

Every page is also a file of the static copy, under the same path, so that links are relative.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from chain.dashboard.pages import Dashboard
from chain.dashboard.rows import Page
from valuation.errors import WeighhouseError

HERE = Path(__file__).parent
HOSTS = ("127.0.0.1", "localhost", "[::1]")
"""Any other name in a request would be a foreign page's, which has its own name lead here."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def application(dashboard: Dashboard) -> Starlette:
    """The pages of a project as an ASGI application; extra `web`."""

    def shown(request: Request) -> Response:
        path = request.path_params.get("path") or "index.html"
        try:
            page = page_at(dashboard, path)
        except WeighhouseError as error:
            failed = {**_frame(), "page": "error", "name": type(error).__name__, "message": str(error)}
            return HTMLResponse(render(failed, depth=path.count("/")), status_code=503)
        if page is None:
            missing = {**_frame(), "page": "error", "name": "Not found", "message": "There is no such page."}
            return HTMLResponse(render(missing, depth=path.count("/")), status_code=404)
        return HTMLResponse(render(page, depth=path.count("/")))

    return Starlette(
        routes=[
            Mount("/static", StaticFiles(directory=HERE / "static")),
            Route("/", shown, methods=["GET"]),
            Route("/{path:path}", shown, methods=["GET"]),
        ],
        middleware=[
            Middleware(_Guarded),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS), www_redirect=False),
        ],
    )


class _Guarded(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers.update(HEADERS)
        return response


def page_at(dashboard: Dashboard, path: str) -> Page | None:
    """The page at a path; None when there is none.

    Raises:
        WeighhouseError: What it is made of cannot be read.
    """
    match path.removesuffix(".html").split("/") if path.endswith(".html") else []:
        case ["index"]:
            return dashboard.overview()
        case ["leaderboard"]:
            return dashboard.leaderboard()
        case ["payouts"]:
            return dashboard.payouts()
        case ["disputes"]:
            return dashboard.disputes()
        case ["audit"]:
            return dashboard.audit()
        case ["peer", address]:
            return dashboard.peer(address)
        case ["round", number] if number.isdecimal() and len(number) < 10:
            return dashboard.round(int(number))
        case ["lab", number] if number.isdecimal() and len(number) < 10:
            return dashboard.lab(int(number))
        case _:
            return None


def render(page: Page, *, depth: int = 0) -> str:
    """A page as HTML; `depth` is how many folders deep it lies."""
    return _ENVIRONMENT.get_template(f"{page['page']}.html").render(root="../" * depth, policy=POLICY, **page)


def _frame() -> Page:
    return {"project": "", "network": "", "book": "", "phase": "", "current": 0}


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters["drawn"] = Markup  # charts escape what they are given
