// The messages that a gateway without a mail server leaves as files.

import { readFile, readdir } from "node:fs/promises";

// The text of the newest mail to `address` in `outbox`, once there is one.
export async function mailTo(address, outbox) {
  for (;;) {
    for (const text of await mails(outbox)) {
      if (text.includes(`To: ${address}`)) return text;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function mails(outbox) {
  const names = await readdir(outbox).catch(() => []);
  const letters = names.filter((name) => name.endsWith(".eml"));
  return Promise.all(letters.map(async (name) => decoded(await readFile(`${outbox}/${name}`, "utf8"))));
}

// Quoted-printable, as far as codes and links need it.
function decoded(text) {
  return text
    .replace(/=\r?\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
}
