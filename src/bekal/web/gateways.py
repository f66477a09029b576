"""The door for SMS gateways: what they report of messages."""

from http import HTTPStatus

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bekal.core.errors import BekalError
from bekal.messages.channels.sms.gateway import read_reports
from bekal.messages.channels.sms.signing import HEADER
from bekal.messages.models import Channel
from bekal.messages.settling import record_reports


@csrf_exempt
@require_POST
def sms_reports(request: HttpRequest) -> JsonResponse:
    """Keep delivery reports; who does not sign them is told nothing, and what is known already is answered like news."""
    try:
        reports = read_reports(request.body, signature=request.headers.get(HEADER, ""))
    except BekalError as error:
        return JsonResponse({"error": error.code}, status=error.http_status)
    record_reports(channel=Channel.SMS, reports=reports)
    return JsonResponse({"reports": len(reports)}, status=HTTPStatus.OK)
