"""An answer with everything in it that EC2's have, and its shape."""

from __future__ import annotations

from botocore.model import ShapeResolver

_SCALARS = ("blob", "boolean", "double", "float", "integer", "long", "string", "timestamp")

_SHAPES = {
    **{name: {"type": name} for name in _SCALARS},
    "Sample": {
        "type": "structure",
        "members": {
            **{name.title(): {"shape": name, "locationName": name} for name in _SCALARS},
            "False": {"shape": "boolean", "locationName": "false"},
            "Odd": {"shape": "boolean", "locationName": "odd"},
            "Empty": {"shape": "string", "locationName": "empty"},
            "Missing": {"shape": "string", "locationName": "missing"},
            "Tags": {"shape": "List", "locationName": "tagSet"},
            "None": {"shape": "List", "locationName": "noneSet"},
        },
    },
    "List": {"type": "list", "member": {"shape": "Tag", "locationName": "item"}},
    "Tag": {
        "type": "structure",
        "members": {
            "Key": {"shape": "string", "locationName": "key"},
            "Value": {"shape": "string", "locationName": "value"},
        },
    },
}

SHAPE = ShapeResolver(_SHAPES).get_shape_by_name("Sample")

ANSWER = {
    "status_code": 200,
    "headers": {"Content-Type": "text/xml"},
    "body": """<?xml version="1.0" encoding="UTF-8"?>
<SampleResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
    <requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId>
    <blob>aGVsbG8=</blob>
    <boolean>true</boolean>
    <false>false</false>
    <odd>True</odd>
    <double>0.25</double>
    <float>1e3</float>
    <integer>-7</integer>
    <long>12345678901</long>
    <string> &lt;größer&gt; &amp; &#x41;
    </string>
    <timestamp>2024-02-29T23:59:59.120Z</timestamp>
    <empty/>
    <unknown><of><which>nothing</which></of></unknown>
    <tagSet>
        <item><key>Name</key><value> </value></item>
        <item><key>owner</key></item>
        <item/>
    </tagSet>
    <noneSet/>
</SampleResponse>
""".encode(),
}
