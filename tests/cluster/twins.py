#!/usr/bin/env python3
"""What a join made of a node and of its cluster → properties, one a value, mode or field of a certificate; those of two
joins → their differences.

    twins.py snapshot FOLDER > SNAPSHOT      of a folder with `tree.tar`, `objects.json`, `members`, `state`, `began`
    twins.py compare THEIRS OURS             what differs; exit code 1 when anything does

Keys and certificates are compared by what they say, times relative to the join's begin.
"""
import base64
import datetime
import hashlib
import json
import re
import subprocess
import sys
import tarfile

import yaml

TOLERANCE = 90  # seconds
PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----\n?", re.S)
# The date in the name of a kubelet's certificate, and the second in the names that it gives itself.
DATE = re.compile(r"\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d")
SECOND = re.compile(r"@\d{10}\b")
# Of every object: what is of its time, or of who wrote it.
PASSING = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "generateName")


class Taker:
    def __init__(self, began):
        self.began = began
        self.found = {}

    def note(self, path, value):
        self.found[path] = value

    def value(self, path, value):
        if isinstance(value, dict) and value:
            for key, inner in value.items():
                self.value(f"{path}.{key}", inner)
        elif isinstance(value, list) and value:
            for index, inner in enumerate(value):
                self.value(f"{path}[{index}]", inner)
        elif isinstance(value, str) and path.endswith("-data"):
            self.pem(path, base64.b64decode(value).decode())
        else:
            self.note(path, value)

    def member(self, tar, member):
        path = "/" + DATE.sub("DATE", member.name)
        self.note(f"{path} is", f"{member.type.decode()} {member.mode:04o} {member.uid}:{member.gid}")
        if member.issym():
            self.note(f"{path} leads to", DATE.sub("DATE", member.linkname))
        elif member.isfile():
            self.file(path, tar.extractfile(member).read().decode())

    def file(self, path, text):
        end = path.rpartition(".")[2]
        if end in ("yaml", "conf"):
            self.value(path + " ", in_order(yaml.safe_load(text)))
        elif end in ("crt", "key", "pub", "pem"):
            self.pem(path, text)
        else:
            self.note(f"{path} text", text)

    def pem(self, path, text):
        self.note(f"{path} around", PEM.sub("", text))
        for index, block in enumerate(PEM.finditer(text)):
            name = f"{path} block {index}"
            self.note(f"{name} label", block.group(1))
            if block.group(1) == "CERTIFICATE":
                self.certificate(name, block.group(0))
            else:
                self.note(f"{name} kind", key_kind(block.group(0)))

    def certificate(self, path, text):
        lines = openssl("x509", text, "-noout", "-text", "-certopt", "no_serial,no_sigdump,no_pubkey,no_validity")
        # Of key identifiers only that they are there.
        lines = re.sub(r"\b[0-9A-F]{2}(:[0-9A-F]{2}){19}\b", "ID", lines)
        self.note(f"{path} says", SECOND.sub("@SECOND", lines))
        self.note(f"{path} key", key_kind(openssl("x509", text, "-noout", "-pubkey")))
        dates = dict(line.split("=") for line in openssl("x509", text, "-noout", "-dates").splitlines())
        for word, date in dates.items():
            at = datetime.datetime.strptime(date, "%b %d %H:%M:%S %Y %Z").replace(tzinfo=datetime.timezone.utc)
            self.note(f"{path} {word}", {"at": at.timestamp(), "after": at.timestamp() - self.began})

    def object(self, item):
        metadata = {key: value for key, value in item["metadata"].items() if key not in PASSING}
        name = "/".join(filter(None, (item["kind"], metadata.pop("namespace", None), metadata.pop("name"))))
        if item["kind"] == "CertificateSigningRequest":
            item, name = request(item), "CertificateSigningRequest"
        elif item["kind"] == "Node":
            item = {"taints": [without(taint, "timeAdded") for taint in item["spec"].get("taints", [])]}
        elif item["kind"] == "Secret":
            digests = {key: hashlib.sha256(text.encode()).hexdigest() for key, text in item.get("data", {}).items()}
            item = {"type": item["type"], "data": digests}
        self.note(f"{name} is", "there")
        self.value(f"{name} metadata", metadata)
        self.value(f"{name} ", without(item, "metadata", "status", "kind", "apiVersion"))


def in_order(document):
    """etcd names its members by chance, and lists them by these names."""
    flag = "--initial-cluster="
    if document.get("kind") == "Pod":
        command = document["spec"]["containers"][0]["command"]
        at = [index for index, word in enumerate(command) if word.startswith(flag)]
        for index in at:
            command[index] = flag + ",".join(sorted(command[index][len(flag):].split(",")))
    return document


def request(item):
    """One a join: what its kubelet asked for, and who let it have it."""
    spec, conditions = item["spec"], item["status"].get("conditions", [])
    text = base64.b64decode(spec["request"]).decode()
    return {
        **without(spec, "request", "extra", "uid"),
        "says": openssl("req", text, "-noout", "-subject"),
        "conditions": [f"{condition['type']} {condition['reason']}" for condition in conditions],
    }


def without(item, *keys):
    return {key: value for key, value in item.items() if key not in keys}


def key_kind(text):
    way = ["-pubin"] if "PUBLIC" in text else []
    said = openssl("pkey", text, "-noout", *way, "-text_pub" if not way else "-text")
    return " ".join(re.findall(r"^.*Public-Key: .*$|^ASN1 OID: .*$|^Exponent: .*$", said, re.M))


def openssl(command, text, *flags):
    return subprocess.run(["openssl", command, *flags], input=text, capture_output=True, text=True, check=True).stdout


def snapshot(folder):
    with open(f"{folder}/began", encoding="utf-8") as file:
        taker = Taker(float(file.read()))
    with tarfile.open(f"{folder}/tree.tar") as tar:
        for member in tar:
            taker.member(tar, member)
    with open(f"{folder}/objects.json", encoding="utf-8") as file:
        items = json.load(file)["items"]
    for item in items:
        taker.object(item)
    taker.note("requests", sum(item["kind"] == "CertificateSigningRequest" for item in items))
    for name in ("members", "state"):
        with open(f"{folder}/{name}", encoding="utf-8") as file:
            taker.note(name, file.read())
    return taker.found


def same(theirs, ours):
    if isinstance(theirs, dict) and isinstance(ours, dict) and "after" in theirs and "after" in ours:
        return theirs["at"] == ours["at"] or abs(theirs["after"] - ours["after"]) <= TOLERANCE
    return theirs == ours


def compare(theirs, ours):
    paths = [*theirs, *(path for path in ours if path not in theirs)]
    return [path for path in paths if not same(theirs.get(path, "nothing"), ours.get(path, "nothing"))]


def main():
    if sys.argv[1] == "snapshot":
        json.dump(snapshot(sys.argv[2]), sys.stdout, indent=1)
        return 0
    theirs, ours = (json.load(open(path, encoding="utf-8")) for path in sys.argv[2:4])
    differing = compare(theirs, ours)
    for path in differing:
        print(f"{path}\n  theirs: {theirs.get(path, 'nothing')!r}\n  ours:   {ours.get(path, 'nothing')!r}")
    print(f"{len(set(theirs) | set(ours))} properties, {len(differing)} differ")
    return int(bool(differing))


sys.exit(main())
