// What schema linters say of schema.graphql, and whether it breaks what was released.

import graphqlPlugin from "@graphql-eslint/eslint-plugin";
import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { ESLint } from "eslint";
import { buildSchema } from "graphql";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { Suite, assert } from "./suite.mjs";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const SCHEMA = `${ROOT}schema.graphql`;
const RELEASED = `${ROOT}schema.released.graphql`;

const RULES = {
  ...graphqlPlugin.configs["flat/schema-recommended"].rules,
  ...graphqlPlugin.configs["flat/schema-relay"].rules,
  // Connections offer `nodes` beside their edges.
  "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false }],
  // Lists are read forwards.
  "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],
  // What a client never caches needs no id.
  "@graphql-eslint/strict-id-in-types": "off",
};

// Names that clients were promised: "type" alone would be taken for the GraphQL type. Disputes are the payment
// provider's: they are listed to staff, and nobody asks for one by its id.
const EXPECTED = {
  "@graphql-eslint/relay-edge-types": ["Edge type's field `node` must implement `Node` interface."],
  "@graphql-eslint/no-typename-prefix": ['Field "productType" starts with the name of the parent type "Product"'],
};

export async function linters() {
  return [eslint(), await released()];
}

function eslint() {
  const suite = new Suite("graphql-eslint, schema-recommended and schema-relay");
  const findings = linted();
  for (const rule of Object.keys(RULES)) {
    suite.check(
      rule.replace("@graphql-eslint/", ""),
      async () => {
        const found = (await findings).filter(({ ruleId }) => ruleId === rule || !ruleId);
        const expected = EXPECTED[rule] ?? [];
        assert.deepEqual(found.filter(({ message }) => !expected.includes(message)).map(said), []);
        assert.deepEqual(expected.filter((text) => !found.some(({ message }) => message === text)), []);
      },
      60_000,
    );
  }
  suite.check(
    "a type without a description would be found",
    async () => {
      const bare = "type Query { id: ID! }";
      const [{ messages }] = await linter(bare).lintText(bare, { filePath: SCHEMA });
      const found = messages.map(({ ruleId }) => ruleId);
      assert.ok(found.includes("@graphql-eslint/require-description"), String(found));
    },
    60_000,
  );
  return suite;
}

const said = ({ line, message }) => `line ${line}: ${message}`;

async function linted() {
  const [result] = await linter(SCHEMA).lintFiles([SCHEMA]);
  return result.messages;
}

// A linter of `schema`: a file's path, or a text.
function linter(schema) {
  return new ESLint({
    cwd: ROOT,
    overrideConfigFile: true,
    overrideConfig: {
      files: ["*.graphql"],
      plugins: { "@graphql-eslint": graphqlPlugin },
      languageOptions: {
        parser: graphqlPlugin.parser,
        parserOptions: { graphQLConfig: { schema } },
      },
      rules: RULES,
    },
  });
}

async function released() {
  const suite = new Suite("graphql-inspector, against the released schema");
  const text = await readFile(RELEASED, "utf8");
  const present = await readFile(SCHEMA, "utf8");
  suite.check("nothing that clients rely on is broken", async () => {
    assert.deepEqual(await breaking(text, present), []);
  });
  suite.check("a field that is gone would be found", async () => {
    const gone = present.replace("\n  viewer: Viewer!\n", "\n  onlooker: Viewer!\n");
    assert.deepEqual(await breaking(text, gone), ["Field 'viewer' was removed from object type 'Query'"]);
  });
  return suite;
}

async function breaking(before, after) {
  const changes = await diff(buildSchema(before), buildSchema(after));
  return changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    .map(({ message }) => message);
}
