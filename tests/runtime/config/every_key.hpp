// Valid files that together use every key of the configuration: reference_test.cpp finds the one
// that they lack. They need the variable SHOP_PASSWORD.
#pragma once

namespace sluice::test::every_key {

inline constexpr auto* node = R"({
  "node": "a", "listen": ["unix:../state/sluice.sock", "tls:127.0.0.1:4600"], "insecure": true,
  "tls": {"certificate": "c.pem", "key": "k.pem", "ca": "ca.pem"},
  "peers": ["tls:b.example:4600"], "heartbeat": {"every": "5s", "dead_after": "20s"},
  "http": {"listen": "127.0.0.1:9464", "insecure": false},
  "api": {"listen": "127.0.0.1:9470", "hosts": ["sluice.example.com"], "insecure": false,
          "tls": {"certificate": "api.pem", "key": "api.key"}, "console": true,
          "tokens": [{"name": "airflow", "role": "operator", "rows": false,
                      "token": "0123456789${env:SHOP_PASSWORD}abcdef"}],
          "session": {"idle": "1h", "longest": "12h"}},
  "state_dir": "../state", "connections": "connections/*.json", "max_running_syncs": 8,
  "log": {"level": "info", "format": "text"},
  "credentials": {
    "salesforce": {"oauth2": {"grant": "refresh_token", "token_url": "https://l.example/token",
        "client_id": "app", "client_secret": "${env:SHOP_PASSWORD}", "client_auth": "body",
        "scope": "a b", "audience": "x", "parameters": {"resource": "y"}, "refresh_token": "first",
        "authorize_url": "https://l.example/authorize", "redirect": "http://127.0.0.1:8765/",
        "expires_after": "2h", "timeout": "5s", "give_up_after": "1m",
        "tls": {"ca": "ca.pem", "certificate": "c.pem", "key": "k.pem"}}},
    "signed": {"oauth2": {"grant": "jwt_bearer", "token_url": "https://l.example/token",
        "client_id": "app", "key": "key.pem", "key_id": "k", "issuer": "i", "subject": "s"}},
    "hubspot": {"bearer": {"token": "t"}}, "b": {"basic": {"user": "u", "password": "p"}},
    "header": {"api_key": {"header": "X-Api-Key", "value": "v"}},
    "query": {"api_key": {"query": "key", "value": "v"}},
    "google": {"google": {"file": "google.json", "scopes": ["https://g.example/x"], "subject": "s",
                          "timeout": "5s", "give_up_after": "1m",
                          "tls": {"ca": "ca.pem", "certificate": "c.pem", "key": "k.pem"}}},
    "aws": {"aws": {"access_key": "a", "secret_key": "s", "session_token": "t", "region": "r",
                    "service": "execute-api"}},
    "webhook": {"hmac": {"secret": "s", "secret_encoding": "base64", "header": "X-Sign",
                         "message": "{timestamp}.{X-Id}.{body}", "format": "v1,{signature}",
                         "encoding": "base64", "timestamp_header": "X-Time"}}},
  "accounts": {"shop": {"rate_limit": {"requests": 100, "per": "10s"}, "concurrency": "auto",
                        "quota_headers": {"remaining": "X-Left", "reset": "X-Again"}}},
  "retention": {"runs": "90d", "rejected": "90d", "most_runs": 100},
  "notify": [{"on": ["failed", "rejected", "late"], "url": "https://a.example/x", "secret": "s",
              "rejected_percent": 5, "format": "json", "late": "2h", "repeat": true,
              "template": {"title": "{summary}"}},
             {"on": ["failed"], "format": "pagerduty", "key": "${env:SHOP_PASSWORD}"}]
})";

inline constexpr auto* table_connection = R"({
  "name": "customers", "node": "a",
  "source": {"odbc": "Driver=X;Pwd={a;b}}${env:SHOP_PASSWORD}}", "query": "SELECT '$${x}'",
             "key": ["id", "shop"], "change_detection": "snapshot", "consistent_reads": true,
             "answer_timeout": "1h"},
  "mode": "mirror", "on_delete": {"set": {"e": "gone"}},
  "mapping": {"id": "id", "shop": {"column": "shop"}, "a\\.b": {"column": "c", "as": "json"},
              "d": {"constant": {"x": [1, null, "y"]}}, "e": {"template": "{id}{{}} {shop}"}},
  "destination": {"kind": "odbc", "odbc": "Driver=X", "table": "t", "create": true,
                  "unverified": false, "answer_timeout": "5m"},
  "schedule": {"every": "15m", "starting_at": "06:00", "timezone": "Europe/Zurich"},
  "delivery": {"writers": 2, "batch_rows": 1000, "window": 8, "drain_timeout": "60s", "on": "b",
               "give_up_after": "1h"},
  "max_delete_percent": 30, "max_rejected_percent": 50, "retry_rejected": false, "initial": "full",
  "row_log": true, "notify": []
})";

inline constexpr auto* cursor_connection = R"({
  "source": {"odbc": "Driver=X", "table": "t", "where": "id > 0", "key": ["id"],
             "change_detection": {"cursor": "updated_at", "overlap": "5m"}},
  "mapping": {"id": "id", "phone": {"column": "phone", "omit_null": true},
              "a": {"coalesce": ["x", "y"], "apply": ["trim", {"pad": [5, "0"]}]},
              "b": {"lua": "return row.x"}},
  "destination": {"kind": "jsonl", "path": "../out/customers.jsonl"},
  "schedule": "manual"
})";

/// It runs after `customers`, which must be there with what `api_connection` says.
inline constexpr auto* following_connection = R"({
  "source": {"odbc": "Driver=X", "table": "t", "key": ["id"]},
  "mapping": {"owner": {"known": "record_id", "of": "customers", "by": ["customer"], "on_miss": "null"}},
  "destination": {"kind": "jsonl", "path": "../out/following.jsonl"},
  "schedule": {"after": "customers"}
})";

inline constexpr auto* api_connection = R"({
  "schedule": {"cron": "*/5 0-6 1,15 jan-mar mon", "timezone": "Europe/Zurich"},
  "source": {"odbc": "Driver=X", "table": "t", "key": ["id"]},
  "mode": "mirror",
  "mapping": {"id": "id", "name.first": "f"},
  "destination": {
    "kind": "http", "headers": {"Authorization": "Bearer ${env:SHOP_PASSWORD}", "X-Run": "{{run}}"},
    "basic_auth": {"user": "u", "password": "${env:SHOP_PASSWORD}"},
    "results": {"items": "/all", "match": {"key": "id", "item": "/id"},
                "ok": {"pointer": "/status", "in": ["ok", 200]},
                "exists": {"pointer": "/code", "in": ["DUPLICATE"]},
                "missing": {"pointer": "/code", "in": ["NOT_FOUND"]}, "error": "/why/0"},
    "answer": {"delivered": {"status": 200, "header": "X-Done", "present": true},
               "retry": {"pointer": "/busy", "in": [true]}, "exists": {"matches": "taken"},
               "missing": {"matches": "no such"}, "credentials": {"matches": "denied"},
               "road": {"matches": "no such list"},
               "reject": [{"status": "4xx", "all": [{"pointer": "/code", "in": [7]},
                                                    {"header": "X-Why", "absent": true},
                                                    {"pointer": "/a", "present": true},
                                                    {"matches": "no"}]},
                          {"pointer": "/b", "absent": true}]},
    "batch_rows": 10, "max_body": "500kB", "max_answer": "1MB", "gzip": true,
    "rate_limit": [{"requests": 5, "per": "1s"}, {"rows": 1000, "per": "1d"}],
    "concurrency": 20, "quota_headers": {"remaining": "X-Left", "reset": "X-Again"},
    "timeout": "30s",
    "retry": {"base": "500ms", "cap": "60s", "give_up_after": "10m"},
    "statuses": {"430": "retry"}, "idempotency_header": "Idempotency-Key",
    "format": "json", "csv": {"delimiter": ";", "header": false, "line_end": "lf"},
    "identity": {"name.first": ["trim", "casefold"], "id": "number"},
    "lookup": {"request": {"method": "GET", "url": "https://a.example/accounts?of={{row.id}}"},
               "take": {"account_id": "/results/0/id"}, "on_miss": "null", "cache": "none"},
    "tls": {"ca": "ca.pem", "certificate": "c.pem", "key": "k.pem"},
    "insert": {"method": "POST", "url": "https://a.example/v1?key=x", "headers": {"X-A": "b"},
               "body": {"people": "{{rows}}", "of": ["{{connection}} {{op}}", 1, null]},
               "item": {"n": "{{index}}", "row": "{{row}}", "id": "{{key.id|trim|string}}",
                        "account": "{{lookup.account_id}}"},
               "batch_rows": 5, "results": {"errors": "/bad", "match": {"index": "/i"}},
               "answer": null, "statuses": {"52x": "retry"}},
    "update": {"method": "PUT", "url": "https://a.example/v1/{{key.id}}", "format": "multipart",
               "remember": {"record_id": "/id"},
               "csv": {"header": true, "delimiter": ",", "line_end": "crlf"},
               "body": {"n": {"filename": "n.json", "type": "text/x", "format": "json",
                              "body": "{{row.name.first}}"}},
               "results": {"items": "",
                                                         "match": {"row": "id", "item": "/id"}}},
    "delete": {"method": "DELETE",
               "url": "https://a.example/v1/{{key.id}}?id={{id}}&of={{known.record_id}}"}}
})";

inline constexpr auto* preset_connection = R"({
  "source": {"odbc": "Driver=X", "table": "t", "key": ["id"]},
  "mapping": {"id": "id"},
  "destination": {"kind": "http", "preset": "../people.json", "gzip": true,
                  "with": {"url": "https://a.example", "token": "${env:SHOP_PASSWORD}", "rows": 5}}
})";

/// Its server is named by the answer of the token server.
inline constexpr auto* authorized_connection = R"({
  "source": {"odbc": "Driver=X", "table": "t", "key": ["id"]},
  "destination": {"kind": "http", "account": "shop", "base_url": {"from": "/instance_url", "within": ["*.l.example"]},
                  "auth": {"oauth2": {"grant": "client_credentials", "client_id": "app",
                                      "token_url": "https://l.example/token"}},
                  "upsert": {"method": "POST", "url": "/v1", "body": "{{rows}}"}}
})";

inline constexpr auto* preset = R"({
  "preset": {"title": "People", "documentation": "https://a.example",
             "parameters": {"url": {"description": "address", "example": "https://b.example"}, "rows": {"default": 50},
                            "token": {"description": "token", "secret": true, "default": "x"}},
             "requires": [{"field": "id", "why": "the API finds people by it"}],
             "refuses": {"mirror": "the API deletes nobody"}, "limits": ["5 requests per second"],
             "notes": ["addresses are lower case"], "credential": {"description": "a token"},
             "example": {"mapping": {"id": "id"}}},
  "destination": {"headers": {"Authorization": "Bearer ${param:token}"},
                  "batch_rows": "${param:rows}",
                  "upsert": {"method": "POST", "url": "${param:url}/v1",
                             "body": {"${param:token}": "{{rows}}"}}}
})";

/// What leaves everything out that can be left out.
inline constexpr auto* bare_node = R"({"state_dir": "s", "api": {"listen": "127.0.0.1:1"}})";
inline constexpr auto* bare_file = R"({
  "source": {"odbc": "Driver=X", "table": "t", "key": ["id"]}, "mode": "mirror",
  "destination": {"kind": "jsonl", "path": "o"}, "delivery": {"on": "b"},
  "notify": [{"on": ["rejected"], "url": "https://a.example/x"}]
})";
inline constexpr auto* bare_table = R"({
  "source": {"odbc": "Driver=X", "table": "t", "key": ["id"]},
  "destination": {"kind": "odbc", "odbc": "Driver=X", "table": "t"}
})";
inline constexpr auto* bare_api = R"({
  "source": {"odbc": "Driver=X", "table": "t", "key": ["id"]},
  "destination": {"kind": "http", "upsert": {"method": "POST", "url": "https://a.example/",
                                             "body": "{{rows}}"}}
})";

}  // namespace sluice::test::every_key
