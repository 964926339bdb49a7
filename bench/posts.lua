-- wrk: each request is one new order.placed, of one of 100 stores. RUN makes the ids of this run its own.
local run = os.getenv("RUN") or error("RUN is not set")
local key = os.getenv("KEY") or error("KEY is not set")
local threads = {}

function setup(thread)
    table.insert(threads, thread)
    thread:set("number", #threads)
    thread:set("failed", 0)
end

function init()
    serial = 0
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/cloudevents+json"
    wrk.headers["Authorization"] = "Bearer " .. key
end

function request()
    serial = serial + 1
    local order = run .. "-" .. number .. "-" .. serial
    local time = os.date("!%Y-%m-%dT%H:%M:%SZ")
    return wrk.format(nil, "/v1/events", nil, string.format(
        '{"specversion":"1.0","id":"%s.placed","source":"oms","type":"order.placed","time":"%s",' ..
        '"data":{"store":"s%d","order":"%s","paid_at":"%s","buyer":"b%d","warehouse":"hangzhou",' ..
        '"lines":[{"sku":"K%d","quantity":1,"supplier":"p1"}]}}',
        order, time, serial % 100, order, time, serial % 5000, serial % 300))
end

-- An answer that is not 200, or does not say that the event was accepted, makes the figure worthless.
function response(status, headers, body)
    if status ~= 200 or not body:find('"accepted":1', 1, true) then
        failed = failed + 1
    end
end

function done(summary, latency, requests)
    local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
    for _, thread in ipairs(threads) do
        errors = errors + thread:get("failed")
    end
    io.write(string.format("RESULT %.0f %d %.2f %.2f\n", summary.requests / (summary.duration / 1e6), errors,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
