// A suite of named checks that are counted; and what every suite needs around them.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export { assert };

export class Suite {
  constructor(name) {
    this.name = name;
    this.checks = [];
  }

  check(title, run, milliseconds = 15_000) {
    this.checks.push({ title, run, milliseconds });
  }

  async run() {
    let failed = 0;
    for (const { title, run, milliseconds } of this.checks) {
      try {
        await within(milliseconds, run());
      } catch (error) {
        failed += 1;
        console.log(`  FAILED ${this.name}: ${title}\n    ${String(error?.stack ?? error)}`);
      }
    }
    console.log(`${this.name}: ${this.checks.length - failed} passed, ${failed} failed`);
    return failed;
  }
}

export function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// A server that prints its port first, and its data folder where it keeps one. `stop` ends exactly
// the process that was started.
export async function started(command, args, environment = {}) {
  const server = spawn(command, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Of what it logs, the end is shown where it fails to start.
  let log = "";
  server.stderr.on("data", (data) => {
    log = (log + data).slice(-4_000);
  });
  const lines = createInterface({ input: server.stdout });
  const [port, folder] = await within(
    30_000,
    new Promise((resolve, reject) => {
      lines.once("line", (line) => resolve(line.split(" ")));
      server.once("exit", (code) => reject(new Error(`the server ended with ${code}\n${log}`)));
    }),
  );
  const origin = `http://127.0.0.1:${port}`;
  const http = `${origin}/graphql`;
  await answering(http);
  return {
    origin,
    http,
    ws: http.replace("http", "ws"),
    outbox: `${folder}/outbox`,
    stop: () => server.kill("SIGINT"),
  };
}

async function answering(url) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      await fetch(`${url}?query={__typename}`);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`${url} does not answer`);
}
