"""The Backend API: the part of Clerk's that the product and Clerk's own libraries need, in Clerk's shapes."""

from starlette.routing import Route

from coursecove_identity.backend_edge import Edge, Window, nothing_here
from coursecove_identity.backend_invitations import InvitationCalls
from coursecove_identity.backend_managed import ManagedCalls
from coursecove_identity.backend_organizations import MembershipCalls, OrganizationCalls
from coursecove_identity.backend_sessions import SessionCalls
from coursecove_identity.backend_users import UserCalls
from coursecove_identity.provider import Provider

EVERY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def backend_routes(provider: Provider, *, window: Window | None = None) -> list[Route]:
    """Everything below /v1 but what browsers ask; routes of pages have to come before, since the last one takes the rest."""
    edge = Edge(provider, window=window)
    return [
        *SessionCalls(edge).routes,
        *InvitationCalls(edge).routes,
        *ManagedCalls(edge).routes,
        *UserCalls(edge).routes,
        *MembershipCalls(edge).routes,
        *OrganizationCalls(edge).routes,
        Route("/v1/{path:path}", nothing_here, methods=EVERY_METHOD),
    ]
