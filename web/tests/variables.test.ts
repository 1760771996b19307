import { describe, expect, it } from "vitest";
import { readFieldsWithDefault, relaxRequired } from "../src/graphiql/variables";

const INTROSPECTION = {
  data: {
    __schema: {
      types: [
        { name: "Query", inputFields: null },
        {
          name: "QuoteInput",
          inputFields: [
            { name: "currency", defaultValue: null },
            { name: "surcharges", defaultValue: "[]" },
          ],
        },
      ],
    },
  },
};

describe("what the variables editor takes for required", () => {
  const fieldsWithDefault = readFieldsWithDefault(INTROSPECTION);

  it("is what has no default", () => {
    const schema = {
      properties: {},
      definitions: {
        QuoteInput: { type: "object", required: ["currency", "surcharges"] },
        Other: { required: ["surcharges"] },
        Free: {},
      },
    };
    expect(relaxRequired(schema, fieldsWithDefault ?? new Map())).toEqual({
      properties: {},
      definitions: { QuoteInput: { type: "object", required: ["currency"] }, Other: { required: ["surcharges"] }, Free: {} },
    });
  });

  it("is left alone without definitions, and by other answers", () => {
    const schema = { properties: {}, definitions: undefined };
    expect(relaxRequired(schema, new Map())).toBe(schema);
    expect(readFieldsWithDefault({ data: { hello: "world" } })).toBeNull();
    expect(readFieldsWithDefault({})).toBeNull();
  });
});
