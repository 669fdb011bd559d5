"""AWS's protocols: what a request asks as plain data, and what an answer says, both ways.

The models of botocore say how every operation looks; moto reads and writes by them as a server.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import (
    SerializationContext,
    XFormedAttributePicker,
    get_serializer_class,
)
from moto.core.utils import get_service_model
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from reconciler.sandbox.errors import AwsError

Parameters = Mapping[str, Any]
Answer = dict[str, Any]


def read_request(service: str, operation: str, request: Request) -> dict[str, Any]:
    """What the request asks with."""
    model = operation_model(service, operation)
    whole = {
        "method": request.method,
        "values": request.values,
        "headers": request.headers,
        "body": request.get_data(),
        "url_path": request.path,
        "url_params": {},
    }
    return PROTOCOL_PARSERS[_protocol(model)](model).parse(cast(Any, whole))


def write_request(
    service: str, operation: str, parameters: Parameters, authorization: str
) -> dict[str, Any]:
    """The WSGI environment of a request that asks with these parameters."""
    model = operation_model(service, operation)
    serializer = create_serializer(_protocol(model), include_validation=False)
    written = serializer.serialize_to_request(dict(parameters), model)
    body = written["body"]
    builder = EnvironBuilder(
        method=written["method"],
        path=written["url_path"],
        data=urlencode(body) if isinstance(body, dict) else body,
        headers=dict(written["headers"]) | {"Authorization": authorization},
    )
    return builder.get_environ()


def read_response(service: str, operation: str, response: Response) -> Answer:
    """What the response says, or the AwsError that it is."""
    model = operation_model(service, operation)
    whole = {
        "status_code": response.status_code,
        "headers": HeadersDict(response.headers.items()),
        "body": response.get_data(),
    }
    answer = create_parser(_protocol(model)).parse(whole, model.output_shape)
    if response.status_code >= 300:
        error = answer["Error"]
        raise AwsError(error["Code"], error["Message"], response.status_code)
    del answer["ResponseMetadata"]
    return cast(Answer, answer)


def write_response(service: str, operation: str, answer: Answer) -> Response:
    """The response that says the answer."""
    return _written(service, operation, answer)


def plain(service: str, operation: str, result: Any) -> Answer:
    """The answer that something of moto's makes when it is written."""
    return read_response(service, operation, _written(service, operation, result))


def write_error(service: str, asked_by_form: bool, error: AwsError) -> Response:
    """The response that says the error, in the manner in which was asked."""
    headers = {"x-amzn-ErrorType": error.code}
    form = _XML_ERRORS.get(service) or (_XML_ERRORS["iam"] if asked_by_form else None)
    if form is None:
        told = json.dumps({"__type": error.code, "message": error.message})
        return Response(told, error.status, headers, content_type="application/x-amz-json-1.1")
    told = form.format(escape(error.code), escape(error.message), _request_id())
    return Response(told, error.status, headers, content_type="text/xml")


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
# https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization
_XML_ERRORS = {
    "ec2": "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors>"
    "<RequestID>{}</RequestID></Response>",
    "s3": "<Error><Code>{}</Code><Message>{}</Message><RequestId>{}</RequestId></Error>",
    "iam": "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message>"
    "</Error><RequestId>{}</RequestId></ErrorResponse>",
}


def knows(service: str, operation: str) -> bool:
    """Whether AWS has such an operation."""
    return operation in get_service_model(service).operation_names


def operation_model(service: str, operation: str) -> OperationModel:
    """AWS's description of the operation."""
    return cast(OperationModel, get_service_model(service).operation_model(operation))


def _written(service: str, operation: str, result: Any) -> Response:
    model = operation_model(service, operation)
    serializer = get_serializer_class(service, _protocol(model))
    # This one finds under names in Python's style, too, what AWS calls in its own.
    picker = None if isinstance(result, dict) else XFormedAttributePicker()
    context = SerializationContext(_request_id())
    written = serializer(model, context, value_picker=picker).serialize(result)
    return Response(written["body"], written["status_code"], written["headers"])


def _protocol(model: OperationModel) -> str:
    # Of the several that a service may speak, the one that every boto3 of today chooses.
    return str(model.service_model.resolved_protocol)


def _request_id() -> str:
    return str(uuid.uuid4())


def structures(value: Any) -> Iterator[dict[str, Any]]:
    """Every structure in an answer, itself included."""
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value:
        if isinstance(one, dict | list):
            yield from structures(one)
