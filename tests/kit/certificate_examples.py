"""Examples of the pages about certificates: usual, none, taken back, too long, too many."""

from __future__ import annotations

from dataclasses import replace

from coursecove.courses import certificate_views as views
from coursecove.kit.web.render import Page
from coursecove.kit.web.shell import Shell
from tests.kit.learning_examples import LONG_TITLE, NOW, _ago, _id

CODE = "7K2M-Q9ZX-04HT"
ROW = views.CertificateRow(
    _id(90), _id(60), "Isla Bennett", "First chords on the guitar", _ago(days=2), revoked=False
)
ROWS = (
    ROW,
    replace(ROW, id=_id(91), learner=LONG_TITLE, course=LONG_TITLE, issued_at=_ago(days=90)),
    replace(ROW, id=_id(92), learner="Noah Adeyemi", revoked=True),
)
MINE = views.Certificates((views.LearnerCertificates("Isla Bennett", ROWS),), own=True)
FAMILY = views.Certificates(
    (views.LearnerCertificates("Isla Bennett", ROWS[:1]), views.LearnerCertificates(LONG_TITLE, ROWS)),
    own=False,
)
ONE = views.CertificatePage(
    _id(90), "Isla Bennett", "First chords on the guitar", "Harmony Music School", CODE, _ago(days=2), None,
    f"https://musicschool.example.com/verify?code={CODE}", None, _id(20), decides=False,
)  # fmt: skip
LONG = replace(ONE, learner=LONG_TITLE, course=LONG_TITLE, school=LONG_TITLE, pdf=False)
AUTHORS = replace(ONE, decides=True, back=(f"/courses/{_id(20)}/certificates", "First chords on the guitar"))
GIVEN = views.CourseCertificates(
    _id(20), "First chords on the guitar", True, 6, 0, ROWS, older=f"/courses/{_id(20)}/certificates?cursor=x"
)
VERIFIED = views.VerifyPage(
    "Harmony Music School",
    CODE,
    True,
    "Isla Bennett",
    "First chords on the guitar",
    "Harmony Music School",
    NOW,
)


def pages(shell: Shell) -> dict[str, tuple[Page, Shell | None]]:
    """By name, each with the shell around it, where it stands in one."""
    inside = {
        "certificates": Page("courses/certificates.html", MINE),
        "certificates-family": Page("courses/certificates.html", FAMILY),
        "certificates-none": Page("courses/certificates.html", replace(MINE, learners=())),
        "certificates-family-none": Page("courses/certificates.html", replace(FAMILY, learners=())),
        "certificate": Page("courses/certificate.html", ONE),
        "certificate-long": Page("courses/certificate.html", LONG),
        "certificate-author": Page("courses/certificate.html", AUTHORS),
        "certificate-revoked": Page("courses/certificate.html", replace(AUTHORS, revoked_at=NOW)),
        "course-certificates": Page("courses/course_certificates.html", GIVEN),
        "course-certificates-ready": Page("courses/course_certificates.html", replace(GIVEN, ready=3)),
        "course-certificates-none": Page(
            "courses/course_certificates.html", replace(GIVEN, rows=(), older=None)
        ),
        "course-certificates-off": Page(
            "courses/course_certificates.html", replace(GIVEN, gives=False, lessons=0, rows=(), older=None)
        ),
    }
    verify = "courses/verify.html"
    outside = {
        "verify": Page(verify, views.VerifyPage("Harmony Music School")),
        "verify-valid": Page(verify, VERIFIED),
        "verify-long": Page(
            verify, replace(VERIFIED, learner=LONG_TITLE, course=LONG_TITLE, school=LONG_TITLE)
        ),
        "verify-revoked": Page(verify, replace(VERIFIED, revoked_at=NOW)),
        "verify-unknown": Page(verify, views.VerifyPage("Harmony Music School", "7K2M")),
    }
    return {name: (page, shell) for name, page in inside.items()} | {
        name: (page, None) for name, page in outside.items()
    }
