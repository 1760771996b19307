// Writes src/generated: the types and texts of the operations of the pages (operations.ts for those of secret links,
// shop.ts for the shop), what the shop's cache must know of the schema (cache.ts), the texts by their SHA-256
// (operations.json: a gateway that executes registered documents only registers these), and the operation that the
// gateway executes together with the shop's page (first-list.json).
import { createHash } from "node:crypto";
import { readFile, readdir, mkdir, writeFile } from "node:fs/promises";
import { codegen } from "@graphql-codegen/core";
import * as operationTypes from "@graphql-codegen/typescript-operations";
import * as typedDocuments from "@graphql-codegen/typed-document-node";
import { createRequest, formatDocument, stringifyDocument } from "@urql/core";
import { buildASTSchema, isAbstractType, isObjectType, parse, stripIgnoredCharacters } from "graphql";

const here = (path) => new URL(path, import.meta.url);
const schema = parse(await readFile(process.env.GATEWAY_WEB_SCHEMA ?? here("../schema.graphql"), "utf8"));

async function readOperations(location) {
  return { location, document: parse(await readFile(here(location), "utf8")) };
}

async function findOperations(folder) {
  const names = await readdir(here(folder), { recursive: true });
  return names.filter((name) => name.endsWith(".graphql")).sort().map((name) => `${folder}/${name}`);
}

async function writeOperations(sources) {
  return codegen({
    filename: "operations.ts",
    schema,
    documents: await Promise.all(sources.map(readOperations)),
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
}

/** `written` with documents that urql takes: texts, which it parses when they are first used. */
function asRequestDocuments(written) {
  const types = written.slice(0, written.indexOf("export class TypedDocumentString")).replace(/^import .*$/gm, "");
  const documents = written
    .slice(written.search(/^export const /m))
    .replace(/new TypedDocumentString\(`([^`]*)`[^)]*\) as unknown as TypedDocumentString</g, (_, text) => {
      return `\`${stripIgnoredCharacters(text)}\` as unknown as TypedDocumentNode<`;
    });
  return `import type { TypedDocumentNode } from "@urql/core";\n${types}\n${documents}`;
}

/** What urql's cache sends for `text`: with the type's name in every selection. */
function textAsSent(text) {
  return stringifyDocument(formatDocument(createRequest(text, {}).query));
}

const built = buildASTSchema(schema, { assumeValidSDL: true });
const types = Object.values(built.getTypeMap()).filter(({ name }) => !name.startsWith("__"));
const roots = [built.getQueryType(), built.getMutationType(), built.getSubscriptionType()];
const possibleTypes = Object.fromEntries(
  types.filter(isAbstractType).map((type) => [type.name, built.getPossibleTypes(type).map(({ name }) => name)]),
);
const embeddedTypes = types
  .filter((type) => isObjectType(type) && !roots.includes(type) && !("id" in type.getFields()))
  .map(({ name }) => name);

const PAGES = ["shared", "gift", "order", "pay"].map((page) => `src/${page}/operations.graphql`);
const pages = await writeOperations(PAGES);
const shop = asRequestDocuments(await writeOperations(await findOperations("src/shop")));

const textsOf = (written, pattern) => [...written.matchAll(pattern)].map(([, text]) => text);
const pageTexts = textsOf(pages, /Document = new TypedDocumentString\(`([^`]*)`/g);
const shopTexts = textsOf(shop, /Document = `([^`]*)`/g).map(textAsSent);
const digest = (text) => createHash("sha256").update(text).digest("hex");
const registry = Object.fromEntries([...pageTexts, ...shopTexts].map((text) => [digest(text), text]));

const firstList = JSON.parse(await readFile(here("src/shop/catalogue/first-list.json"), "utf8"));
const firstListText = shopTexts.find((text) => text.startsWith(`query ${firstList.operationName}`));

await mkdir(here("src/generated/"), { recursive: true });
await writeFile(here("src/generated/operations.ts"), pages);
await writeFile(here("src/generated/shop.ts"), shop);
await writeFile(
  here("src/generated/cache.ts"),
  `export const possibleTypes: Record<string, string[]> = ${JSON.stringify(possibleTypes)};\n` +
    `export const embeddedTypes: readonly string[] = ${JSON.stringify(embeddedTypes)};\n`,
);
await writeFile(here("src/generated/operations.json"), JSON.stringify(registry, null, 2));
await writeFile(here("src/generated/first-list.json"), JSON.stringify({ query: firstListText, ...firstList }, null, 2));
