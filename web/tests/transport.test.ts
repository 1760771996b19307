import { describe, expect, it } from "vitest";
import { connectionParams, endpoint, findSubscription, socketEndpoint } from "../src/graphiql/transport";

describe("GraphiQL's transport", () => {
  it("calls the page's own address", () => {
    expect(endpoint("https://shop.example/api/graphql?query=x#y")).toBe("https://shop.example/api/graphql");
    expect(socketEndpoint("https://shop.example/graphql")).toBe("wss://shop.example/graphql");
    expect(socketEndpoint("http://127.0.0.1:8000/graphql")).toBe("ws://127.0.0.1:8000/graphql");
  });

  it("tells sockets what headers tell requests", () => {
    expect(connectionParams({ Authorization: "Bearer x", "X-Client-Id": "cli", Accept: "*/*", other: 1 })).toEqual({
      authorization: "Bearer x",
      clientId: "cli",
    });
  });

  it.each([
    ["subscription { a }", null, true],
    ["query A { a } subscription B { b }", "B", true],
    ["query A { a } subscription B { b }", "A", false],
    ["query A { a } subscription B { b }", null, false],
    ["subscription {", null, false],
  ])("takes %s (%s) for a subscription: %s", (text, name, isSubscription) => {
    expect(findSubscription(text, name) !== null).toBe(isSubscription);
  });
});
