// Writes src/generated/operations.ts, the types and texts of the operations of the recipient's and the guest's page, and
// operations.json, the same texts by their SHA-256: a gateway that executes registered documents only registers these.
import { createHash } from "node:crypto";
import { readFile, mkdir, writeFile } from "node:fs/promises";
import { codegen } from "@graphql-codegen/core";
import * as operationTypes from "@graphql-codegen/typescript-operations";
import * as typedDocuments from "@graphql-codegen/typed-document-node";
import { parse } from "graphql";

const here = (path) => new URL(path, import.meta.url);
const schema = process.env.GATEWAY_WEB_SCHEMA ?? here("../schema.graphql");

async function readOperations(location) {
  return { location, document: parse(await readFile(here(location), "utf8")) };
}

const SOURCES = ["src/shared/operations.graphql", "src/gift/operations.graphql", "src/order/operations.graphql"];
const written = await codegen({
  filename: "operations.ts",
  schema: parse(await readFile(schema, "utf8")),
  documents: await Promise.all(SOURCES.map(readOperations)),
  config: {
    documentMode: "string",
    useTypeImports: true,
    enumType: "string-literal",
    immutableTypes: true,
    strictScalars: true,
    scalars: {
      CountryCode: "string",
      CurrencyCode: "string",
      Date: "string",
      DateTime: "string",
      Decimal: "string",
      Long: "number",
    },
  },
  plugins: [{ operationTypes: {} }, { typedDocuments: {} }],
  pluginMap: { operationTypes, typedDocuments },
});

const texts = [...written.matchAll(/Document = new TypedDocumentString\(`([^`]*)`/g)].map(([, text]) => text);
const digest = (text) => createHash("sha256").update(text).digest("hex");
const registry = Object.fromEntries(texts.map((text) => [digest(text), text]));

await mkdir(here("src/generated/"), { recursive: true });
await writeFile(here("src/generated/operations.ts"), written);
await writeFile(here("src/generated/operations.json"), JSON.stringify(registry, null, 2));
