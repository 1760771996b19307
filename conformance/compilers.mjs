// The compilers that apps run over their operations: Relay's, GraphQL codegen's and TypeScript's.

import { buildSchema, parse, validate } from "graphql";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { operationsOf } from "./operations.mjs";
import { finished } from "./programs.mjs";
import { Suite, assert } from "./suite.mjs";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const SCHEMA = fileURLToPath(new URL("../schema.graphql", import.meta.url));
const MADE = `${HERE}generated/`;
const SECONDS = 120_000;

// What Relay and codegen are told of our scalars: all but Long are texts.
const SCALARS = {
  Decimal: "string",
  Long: "number",
  DateTime: "string",
  Date: "string",
  CurrencyCode: "string",
  CountryCode: "string",
};

// A list that is read page by page, as Relay wants it.
const PAGED = `
  fragment PagedProducts_query on Query
  @refetchable(queryName: "PagedProductsQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }) {
    products(first: $count, after: $cursor) @connection(key: "PagedProducts_products") {
      edges { node { id title } }
    }
  }`;

export async function compilers() {
  const schema = buildSchema(await readFile(SCHEMA, "utf8"));
  const operations = operationsOf(schema);
  await rm(MADE, { recursive: true, force: true });
  return [
    valid(schema, operations),
    relay(operations),
    codegen(operations),
    typescript(),
  ];
}

function valid(schema, operations) {
  const suite = new Suite("operations by root field");
  for (const { name, text } of operations) {
    suite.check(name, async () => assert.deepEqual(validate(schema, parse(text)), []));
  }
  return suite;
}

function relay(operations) {
  const suite = new Suite("relay-compiler");
  const source = `${MADE}relay/`;
  const made = `${source}__generated__/`;
  suite.check(
    "compiles them all, and a list page by page",
    async () => {
      await mkdir(source, { recursive: true });
      for (const { module, text } of operations) await writeModule(source, module, text);
      await writeModule(source, "PagedProducts", PAGED);
      const config = {
        src: source,
        schema: SCHEMA,
        language: "typescript",
        artifactDirectory: made,
        customScalarTypes: SCALARS,
      };
      await mkdir(made, { recursive: true });
      await writeFile(`${MADE}relay.config.json`, JSON.stringify(config));
      await finished("relay-compiler", [`${MADE}relay.config.json`], MADE);
    },
    SECONDS,
  );
  for (const name of [...operations.map((each) => each.name), "PagedProductsQuery"]) {
    suite.check(name, async () => {
      const artifact = await readFile(`${made}${name}.graphql.ts`, "utf8");
      assert.match(artifact, new RegExp(`export type ${name} = `));
    });
  }
  return suite;
}

function writeModule(folder, module, text) {
  const source = `import { graphql } from "relay-runtime";\n\nexport default graphql\`${text}\`;\n`;
  return writeFile(`${folder}${module}.ts`, source);
}

function codegen(operations) {
  const suite = new Suite("graphql-codegen, client-preset");
  const folder = `${MADE}codegen/`;
  suite.check(
    "generates for them all, with a registry of documents",
    async () => {
      await mkdir(folder, { recursive: true });
      const documents = `${folder}operations.graphql`;
      await writeFile(documents, operations.map(({ text }) => text).join("\n\n"));
      const config = {
        schema: SCHEMA,
        documents,
        emitLegacyCommonJSImports: false,
        generates: {
          [`${folder}made/`]: {
            preset: "client",
            presetConfig: { persistedDocuments: { hashAlgorithm: "sha256" } },
            config: { scalars: SCALARS, strictScalars: true },
          },
        },
      };
      await writeFile(`${MADE}codegen.json`, JSON.stringify(config));
      await finished("graphql-codegen", ["--config", `${MADE}codegen.json`], HERE);
    },
    SECONDS,
  );
  for (const { name } of operations) {
    suite.check(name, async () => {
      const made = await readFile(`${folder}made/graphql.ts`, "utf8");
      assert.ok(made.includes(`export const ${name}Document = `), "no typed document");
    });
  }
  return suite;
}

function typescript() {
  const suite = new Suite("tsc");
  suite.check(
    "finds nothing in what was generated",
    async () => {
      const config = {
        compilerOptions: {
          strict: true,
          noEmit: true,
          target: "es2022",
          module: "esnext",
          moduleResolution: "bundler",
          skipLibCheck: true,
          types: [],
        },
        include: ["relay", "codegen"],
      };
      await writeFile(`${MADE}tsconfig.json`, JSON.stringify(config));
      await finished("tsc", ["--project", `${MADE}tsconfig.json`], MADE);
    },
    SECONDS,
  );
  return suite;
}
