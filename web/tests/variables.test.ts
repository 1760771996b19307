import { describe, expect, it } from "vitest";
import { defaultsIn, withDefaults } from "../src/graphiql/variables";

const ANSWER = {
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
  const defaults = defaultsIn(ANSWER);

  it("is what has no default", () => {
    const schema = {
      properties: {},
      definitions: {
        QuoteInput: { type: "object", required: ["currency", "surcharges"] },
        Other: { required: ["surcharges"] },
        Free: {},
      },
    };
    expect(withDefaults(schema, defaults ?? new Map())).toEqual({
      properties: {},
      definitions: { QuoteInput: { type: "object", required: ["currency"] }, Other: { required: ["surcharges"] }, Free: {} },
    });
  });

  it("is left alone without definitions, and by other answers", () => {
    const bare = { properties: {}, definitions: undefined };
    expect(withDefaults(bare, new Map())).toBe(bare);
    expect(defaultsIn({ data: { hello: "world" } })).toBeNull();
    expect(defaultsIn({})).toBeNull();
  });
});
