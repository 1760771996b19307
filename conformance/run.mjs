// Runs every suite against servers it starts; `node run.mjs PYTHON`, exit code 1 where one fails.

import { fileURLToPath } from "node:url";

import { audits } from "./audits.mjs";
import { compilers } from "./compilers.mjs";
import { flowsOf } from "./flows.mjs";
import { linters } from "./linters.mjs";
import { started } from "./suite.mjs";
import { apollo, graphqlRequest, urql } from "./toy_clients.mjs";
import { sockets } from "./toy_sockets.mjs";
import { streams } from "./toy_streams.mjs";

const python = process.argv[2] ?? "python3";
const root = fileURLToPath(new URL("../", import.meta.url));

// Each entry: how to start a server, and the suites that run against it.
const servers = [
  {
    start: () => started(python, ["-m", "tests.transport.toy_server"], { PYTHONPATH: root }),
    suites: [audits, sockets, streams, apollo, urql, graphqlRequest],
  },
  {
    start: () =>
      started(python, ["-m", "tests.transport.toy_server", "interpreted"], { PYTHONPATH: root }),
    suites: [(server) => audits(server, "interpreted")],
  },
  {
    start: () => started(python, ["-m", "tests.api.gateway_server"], { PYTHONPATH: root }),
    suites: [(server) => audits(server, "the gateway"), flowsOf],
  },
];

let failed = 0;
for (const suite of [...(await compilers()), ...(await linters())]) failed += await suite.run();
for (const { start, suites } of servers) {
  const server = await start();
  try {
    for (const suite of suites) failed += await suite(server).run();
  } finally {
    server.stop();
  }
}
process.exit(failed ? 1 : 0);
