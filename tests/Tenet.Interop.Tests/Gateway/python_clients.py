"""Keys, leases, watches, locks and users through Debian's python3-etcd3gw (JSON) and python3-etcd3 (gRPC).

Prints one line for each step; the lines must be the same whichever server answers.
"""
import sys
import threading

import etcd3
import etcd3gw
from etcd3gw.lock import Lock

PORT = int(sys.argv[1])


def say(step, result):
    print(step + ":", result, flush=True)


def refused(action):
    try:
        return action()
    except Exception as problem:  # What kind of exception is part of the comparison.
        return type(problem).__name__


def gateway():
    client = etcd3gw.Etcd3Client(host="127.0.0.1", port=PORT, api_path="/v3/")
    say("members", len(client.members()))
    say("status", sorted(client.status())[:1])
    say("put", client.put("gw/a", "one"))
    say("get", client.get("gw/a"))
    say("get nothing", client.get("gw/none"))
    say("create", client.create("gw/a", "again"))
    say("create new", client.create("gw/b", "two"))
    say("replace", client.replace("gw/b", "two", "three"))
    say("prefix", [(value, item["key"]) for value, item in client.get_prefix("gw/")])
    say("delete", client.delete("gw/b"))
    lease = client.lease(ttl=60)
    say("leased", client.put("gw/l", "x", lease))
    say("keys of lease", lease.keys())
    say("refresh", lease.refresh())
    say("ttl", 0 < lease.ttl() <= 60)
    say("revoke", lease.revoke())
    say("after revoke", client.get("gw/l"))
    first, second = Lock("job", ttl=30, client=client), Lock("job", ttl=30, client=client)
    say("lock", first.acquire())
    say("is acquired", first.is_acquired())
    say("second lock", second.acquire())
    say("release", first.release())
    say("second lock again", second.acquire())
    say("second release", second.release())
    seen = []
    done = threading.Event()

    def on_event(event):
        seen.append((event.get("type", "PUT"), event["kv"]["key"]))
        if len(seen) == 3:
            done.set()

    watcher = client.watch_prefix("gw/w")
    events, cancel = watcher
    client.put("gw/w1", "a")
    client.put("gw/w2", "b")
    client.delete("gw/w1")
    for event in events:
        on_event(event)
        if done.is_set():
            break
    cancel()
    say("watched", seen)


def grpc():
    client = etcd3.client(host="127.0.0.1", port=PORT)
    say("put", client.put("gr/a", "one").header.revision > 0)
    say("get", client.get("gr/a")[0])
    say("transaction", client.transaction(
        compare=[client.transactions.value("gr/a") == "one"],
        success=[client.transactions.put("gr/a", "two"), client.transactions.get("gr/a")],
        failure=[])[0])
    say("prefix", [value for value, _ in client.get_prefix("gr/")])
    lease = client.lease(60)
    client.put("gr/l", "x", lease)
    say("keys of lease", list(lease.keys))
    lease.revoke()
    say("after revoke", client.get("gr/l")[0])
    events, cancel = client.watch_prefix("gr/w")
    client.put("gr/w", "a")
    client.delete("gr/w")
    say("watched", [type(next(events)).__name__, type(next(events)).__name__])
    cancel()
    lock = client.lock("job", ttl=30)
    say("lock", lock.acquire(timeout=5))
    other = client.lock("job", ttl=30)
    say("second lock", other.acquire(timeout=0))
    say("release", lock.release())
    say("delete", client.delete_prefix("gr/").deleted)
    say("alarms", list(client.list_alarms()))
    client.close()


def users():
    import requests

    def post(path, body, token=None):
        headers = {"Authorization": token} if token else {}
        return requests.post(f"http://127.0.0.1:{PORT}/v3/{path}", json=body, headers=headers, timeout=10)

    for path, body in [
        ("auth/user/add", {"name": "root", "password": "r"}),
        ("auth/role/add", {"name": "root"}),
        ("auth/user/grant", {"user": "root", "role": "root"}),
        ("auth/enable", {}),
    ]:
        say(path, post(path, body).status_code)
    say("without name", refused(lambda: etcd3gw.Etcd3Client(host="127.0.0.1", port=PORT, api_path="/v3/").get("gw/a")))
    say("wrong password", refused(lambda: etcd3.client(host="127.0.0.1", port=PORT, user="root", password="x")))
    token = post("auth/authenticate", {"name": "root", "password": "r"}).json()["token"]
    client = etcd3.client(host="127.0.0.1", port=PORT)
    say("without token", refused(lambda: client.get("au/a")))
    # With user and password the client would send its token over TLS only.
    client.metadata = (("token", token),)
    client.put("au/a", "one")
    say("as root", client.get("au/a")[0])
    client.close()
    gateway_client = etcd3gw.Etcd3Client(host="127.0.0.1", port=PORT, api_path="/v3/")
    gateway_client.session.headers["Authorization"] = token
    say("as root over JSON", gateway_client.get("au/a"))
    say("disable", post("auth/disable", {}, token).status_code)


gateway()
grpc()
users()
