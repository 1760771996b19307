// Runs a program of the installed packages to its end.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("node_modules/.bin/", import.meta.url));

// What it wrote, in one; rejected with that where it ended with anything but zero.
export function finished(name, args, cwd) {
  return new Promise((resolve, reject) => {
    const running = spawn(`${BIN}${name}`, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let written = "";
    const hear = (data) => (written += data);
    running.stdout.on("data", hear);
    running.stderr.on("data", hear);
    running.once("error", reject);
    running.once("exit", (code) => {
      if (code === 0) resolve(written);
      else reject(new Error(`${name} ended with ${code}\n${written.slice(-8_000)}`));
    });
  });
}
